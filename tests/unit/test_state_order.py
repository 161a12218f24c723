"""First rows of a table whose largest value was deleted: DuckDB 2.0 loses some of them."""

from __future__ import annotations

import contextlib
from pathlib import Path

from materializers.engines.duckdb.state import open_state


def test_rows_equal_in_the_first_column_are_ordered_by_the_second(tmp_path: Path) -> None:
    path = tmp_path / "state.duckdb"
    with contextlib.closing(open_state(path, memory_limit="", threads=1)) as connection:
        connection.execute("CREATE TABLE places (k INTEGER, id BIGINT)")
        connection.execute("INSERT INTO places VALUES (2, 8)")
        connection.execute("INSERT INTO places VALUES (4, 9)")
        connection.execute("DELETE FROM places WHERE k = 4")
        connection.execute("CHECKPOINT")
    with contextlib.closing(open_state(path, memory_limit="", threads=1)) as connection:
        connection.execute("INSERT INTO places VALUES (1, 8)")
        first = connection.execute("SELECT k FROM places ORDER BY id DESC, k LIMIT 1").fetchone()
    assert first == (1,)
