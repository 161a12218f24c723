"""Views over narrow numerics that a number outgrows: planned again with numerics of any size, built
from the state, and so they stay."""

import logging
from pathlib import Path

import psycopg
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.plan_lines import lines_of
from materializers.view import ViewDefinition
from tests.views.answers import Mirror, difference, engine_rows, postgres_rows
from tests.views.source import Source

VIEWS = {
    "sums": "SELECT g, sum(n) AS total, round(avg(b) / nullif(stddev(b), 0), 4) AS ratio"
    " FROM t GROUP BY g",
    "products": "SELECT id, n * n AS square, b / 3 AS third FROM t",
    "untouched": "SELECT id, n + 1 AS next FROM t",
}
LARGE = "repeat('9', 37)::numeric"


def _check(engine: DuckDBEngine, connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for name, select in VIEWS.items():
        expected = postgres_rows(connection, select)
        assert not (d := difference(expected, engine_rows(engine, name))), f"{name}: {d}"


def test_a_view_is_planned_anew_and_stays_so(
    postgres_dsn: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rederive.engine")
    path = tmp_path / "state.duckdb"
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE t (id int PRIMARY KEY, g int, n numeric(38,0), b numeric(12,2))"
        )
        source = Source(connection, ["t"])
        engine = DuckDBEngine.open(path, threads=1)
        for name, query in VIEWS.items():
            definition = ViewDefinition(name, query, Path("v.sql"), 1)
            engine.declare(definition, source.feed.schemas, key=None, generation=1)
        connection.execute(
            "INSERT INTO t SELECT i, i % 3, i, 1000 + i FROM generate_series(1, 9) i"
        )
        assert not engine.apply(source.batch()).failures
        mirror = Mirror(engine, "sums")
        mirror.follow()
        _check(engine, connection)
        connection.execute(f"INSERT INTO t SELECT i, 1, {LARGE}, 7 FROM generate_series(10, 30) i")
        assert not engine.apply(source.batch()).failures
        _check(engine, connection)
        wide = {name for name, view in engine.views.items() if view.stored.is_wide}
        assert wide == {"sums", "products"}
        shown = {name: "\n".join(lines_of(engine.explain(name))) for name in VIEWS}
        assert {name for name in VIEWS if "numerics of any size" in shown[name]} == wide
        told = [r.message for r in caplog.records if "numerics of any size" in r.message]
        assert len(told) == 2 and all("more than the 38 digits" in line for line in told), told
        engine.close()
        engine = DuckDBEngine.open(path, threads=1)
        try:
            assert {name for name, view in engine.views.items() if view.stored.is_wide} == wide
            connection.execute("UPDATE t SET b = b * 2, n = n - 1; DELETE FROM t WHERE id = 12")
            assert not engine.apply(source.batch()).failures
            _check(engine, connection)
            edited = ViewDefinition(
                "sums", f"{VIEWS['sums']} HAVING count(*) > 1", Path("v.sql"), 1
            )
            engine.build(edited, key=None, generation=2)
            expected = postgres_rows(connection, edited.sql)
            assert not difference(expected, engine_rows(engine, "sums"))
            assert engine.views["sums"].stored.is_wide
        finally:
            engine.close()
