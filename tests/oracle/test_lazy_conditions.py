"""Random conditions whose values may raise errors, as a value and as a filter: for each row for
which PostgreSQL has a result, the engine has the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import duckdb
import psycopg
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.plan import Planning, whole_select
from materializers.sql.catalogue import BUILT_IN
from materializers.view import ViewDefinition
from tests.views.source import Connection, Source

CONDITIONS = 120
DEPTH = 4
ROWS = [
    "(1, 0, 1, '7', true)", "(2, 2, 0, 'x', false)", "(3, NULL, 0, NULL, NULL)",
    "(4, 5, 3, '0', NULL)", "(5, 0, NULL, 'y', true)", "(6, 0, 0, '12', false)",
]  # fmt: skip
SAFE = ["a = 0", "a <> 0", "b <> 0", "b IS NULL", "a > b", "c", "x ~ '^[0-9]+$'", "x < '5'"]
RISKY = [
    "10 / a > b", "10 / b > 2", "x::int > 3", "a IN (b, 10 / b)", "10 / b IN (3, 10, NULL)",
    "b BETWEEN 10 / a AND 5", "b NOT BETWEEN 0 AND 10 / a", "coalesce(a, 10 / b) > 2",
    "nullif(10 / b, 2) = 3", "CASE a WHEN 0 THEN c WHEN 2 THEN 10 / b > 1 ELSE 10 / a > 1 END",
    "a = ANY (ARRAY[1, 10 / b])", "greatest(a, 10 / a) > 4", "(a, 1) = (b, 10 / a)",
    "sqrt(a - 1) > 1", "(a <> 0) = (10 / a > 1)",
]  # fmt: skip


def condition(random: Random, depth: int) -> str:
    """A condition over the columns a, b (integers), x (a text) and c."""
    if depth == 0 or random.random() < 0.15:
        return random.choice(SAFE if random.random() < 0.5 else RISKY)
    one, two, three = (condition(random, depth - 1) for _ in range(3))
    return random.choice(
        [
            f"({one} AND {two})", f"({one} OR {two})", f"({one} AND {two} AND {three})",
            f"({one} OR {two} OR {three})", f"NOT ({one})", f"({one} OR {two}) IS NOT TRUE",
            f"CASE WHEN {one} THEN {two} ELSE {three} END", f"coalesce({one}, {two})",
        ]
    )  # fmt: skip


@pytest.fixture
def tables(postgres_dsn: str, tmp_path: Path) -> Iterator[tuple[Connection, DuckDBEngine, Source]]:
    with (
        psycopg.connect(postgres_dsn, autocommit=True) as connection,
        closing(DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)) as engine,
    ):
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, a int, b int, x text, c boolean)")
        connection.execute(f"INSERT INTO t VALUES {', '.join(ROWS)}".encode())
        source = Source(connection, ["t"])
        copy = ViewDefinition("copy", "SELECT * FROM t", Path("v.sql"), 1)
        engine.declare(copy, source.feed.schemas, key=None, generation=1)
        assert not engine.apply(source.batch()).failures
        yield connection, engine, source


def test_conditions_are_as_lazy_as_in_postgresql(
    tables: tuple[Connection, DuckDBEngine, Source],
) -> None:
    connection, engine, source = tables
    random, answered = Random(12), 0
    for _ in range(CONDITIONS):
        test = condition(random, DEPTH)
        for select in (f"SELECT id, {test} FROM {{}}", f"SELECT id FROM {{}} WHERE {test}"):
            expected = _expected(connection, select)
            listed = ", ".join(map(str, expected))
            if not listed:
                continue
            answered += len(expected)
            sql = select.format(f"(SELECT * FROM t WHERE id IN ({listed})) q")
            view = ViewDefinition("v", sql, Path("v.sql"), 1)
            try:
                plan = whole_select(
                    view, source.feed.schemas, Planning(BUILT_IN), engine.store.connection
                )
                found = set(engine.store.connection.execute(plan).fetchall())
            except duckdb.Error as error:
                pytest.fail(f"{sql}: {error}")
            assert found == {row for rows in expected.values() for row in rows}, sql
    assert answered > CONDITIONS * 5, "about half of them have an answer"


def _expected(connection: Connection, select: str) -> dict[int, list[tuple[object, ...]]]:
    """The answer over each row by itself; rows without one left out."""
    found = {}
    for row in range(1, len(ROWS) + 1):
        sql = select.format(f"(SELECT * FROM t WHERE id = {row} OFFSET 0) q")
        try:
            found[row] = connection.execute(sql.encode()).fetchall()
        except psycopg.Error:
            continue
    return found
