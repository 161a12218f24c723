"""Which of DuckDB's optimizers are off, and what they would lose."""

from pathlib import Path

from materializers.engines.duckdb.state import open_state

FIRST = "SELECT id, j, n FROM t ORDER BY k DESC, id LIMIT 4 OFFSET 1"
CHANGES = [
    ([], [(0, 0, 2, 0), (1, 3, 4, 2)]),
    ([0], [(2, 3, 6, 0)]),
    ([1, 2], [(1, 1, 5, 4), (2, 3, 2, 0), (3, 0, 6, 4), (4, 3, 1, 4)]),
    ([1, 3, 4], [(1, 0, 7, 3), (4, 3, 1, 1), (5, 0, 0, 1)]),
]


def test_first_rows_are_all_found_in_the_transaction_that_changes_them(tmp_path: Path) -> None:
    """DuckDB 2.0's late materialization looks the first rows up again by their rowid, and misses
    some where the transaction has deleted and inserted."""
    for number, (gone, came) in enumerate(CHANGES):
        connection = open_state(tmp_path / "state.duckdb", memory_limit="", threads=1)
        if number == 0:
            connection.execute("CREATE TABLE t (id INT, j INT, n INT, k INT, x TEXT)")
        connection.execute("BEGIN")
        connection.execute("CREATE OR REPLACE TEMP TABLE d (id INT)")
        connection.execute("CREATE OR REPLACE TEMP TABLE w (id INT, j INT, n INT, k INT)")
        for key in gone:
            connection.execute("INSERT INTO d VALUES (?)", [key])
        for row in came:
            connection.execute("INSERT INTO w VALUES (?, ?, ?, ?)", list(row))
        connection.execute("DELETE FROM t USING d WHERE d.id = t.id")
        connection.execute("INSERT INTO t SELECT *, 'b' FROM w")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS {FIRST}")
        found = connection.execute("FROM found").fetchall()
        connection.execute("COMMIT")
        expected = connection.execute(FIRST).fetchall()
        assert sorted(found) == sorted(expected), number
        connection.close()
