"""NaN in numerics of declared precision: the column is stored, and the views that come upon it are
planned, with numerics of any size, within the batch; all others stay as they are.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.plan_lines import lines_of
from materializers.view import ViewDefinition
from tests.views.answers import Mirror, difference, engine_rows, postgres_rows
from tests.views.source import Source

VIEWS = {
    "rows": "SELECT id, a, l, a * 2 AS twice, g + 1 AS next FROM t",
    "sums": "SELECT g, sum(a) AS total, max(a) AS most, count(*) AS n FROM t GROUP BY g",
    "lists": "SELECT id, l[1] AS first, cardinality(l) AS many FROM t",
    "first": "SELECT id, a, g FROM t ORDER BY a DESC, id LIMIT 2",
    "untouched": "SELECT g, count(*) AS n, sum(b) AS total FROM t GROUP BY g",
    "keyed": "SELECT k.k, t.id, t.b FROM k JOIN t ON t.a = k.k",
}
WIDE = {"rows", "sums", "first", "keyed"}
Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def connection(postgres_dsn: str) -> Iterator[Connection]:
    with psycopg.connect(postgres_dsn, autocommit=True) as opened:
        opened.execute(
            "CREATE TABLE t (id int PRIMARY KEY, g int, a numeric(10,2), b numeric(10,2) NOT NULL,"
            " l numeric(8,1)[]); CREATE TABLE k (k numeric(10,2) PRIMARY KEY)"
        )
        yield opened


@pytest.fixture
def source(connection: Connection) -> Source:
    return Source(connection, ["t", "k"])


@pytest.fixture
def engine(source: Source, tmp_path: Path) -> Iterator[DuckDBEngine]:
    opened = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
    for name in VIEWS:
        opened.declare(_definition(name), source.feed.schemas, key=None, generation=1)
    yield opened
    opened.close()


def _definition(name: str) -> ViewDefinition:
    return ViewDefinition(name, VIEWS[name], Path("v.sql"), 1)


def _move(engine: DuckDBEngine, source: Source, statements: str) -> None:
    """One transaction; every view is PostgreSQL's after it."""
    with source.connection.transaction():
        source.connection.execute(statements)
    failures = engine.apply(source.batch()).failures
    assert not failures
    for name, select in VIEWS.items():
        expected = postgres_rows(source.connection, select)
        assert not (d := difference(expected, engine_rows(engine, name))), f"{name}: {d}"


def _wide(engine: DuckDBEngine) -> set[str]:
    return {name for name, view in engine.views.items() if view.stored.is_wide}


ROWS = (
    "INSERT INTO t SELECT i, i % 3, i / 4.0, i, ARRAY[i, i / 2.0] FROM generate_series(1, 9) i;"
    "INSERT INTO k VALUES (1), (1.5)"
)


def test_the_views_that_come_upon_it_are_planned_anew_and_stay_so(
    source: Source, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rederive.engine")
    engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
    for name in VIEWS:
        engine.declare(_definition(name), source.feed.schemas, key=None, generation=1)
    _move(engine, source, ROWS)
    assert not _wide(engine)
    _move(engine, source, "UPDATE t SET a = 'NaN' WHERE id IN (2, 3); INSERT INTO k VALUES ('NaN')")
    assert _wide(engine) == WIDE
    shown = "\n".join(lines_of(engine.explain("sums")))
    assert "numerics of any size" in shown
    told = [r.message for r in caplog.records if "numerics of any size" in r.message]
    assert len(told) == len(WIDE) and all("NaN" in line for line in told), told
    mirror = Mirror(engine, "sums")
    mirror.follow()
    _move(engine, source, "UPDATE t SET a = a + 1 WHERE id > 2; DELETE FROM t WHERE id = 2")
    mirror.follow()
    assert mirror.counted() == engine_rows(engine, "sums")
    engine.close()
    engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
    try:
        assert _wide(engine) == WIDE
        _move(engine, source, "UPDATE t SET l = '{NaN,1,NULL}', b = b + 1 WHERE id < 5")
        assert _wide(engine) == WIDE | {"lists"}
        _move(engine, source, "UPDATE t SET a = 1.5, l = '{2}'; DELETE FROM k WHERE k = 'NaN'")
    finally:
        engine.close()


def test_a_column_that_is_stored_wide_is_read_by_narrow_views(
    engine: DuckDBEngine, source: Source
) -> None:
    """A view that is built over it has narrow numerics once no NaN is left."""
    _move(engine, source, ROWS)
    _move(engine, source, "UPDATE t SET a = 'NaN', l = '{NaN}' WHERE id = 2")
    engine.build(_definition("sums"), key=None, generation=2)
    assert "sums" in _wide(engine)
    _move(engine, source, "UPDATE t SET a = 0.05, l = '{-0.5,NULL}' WHERE id = 2")
    for name in VIEWS:
        engine.build(_definition(name), key=None, generation=3)
    assert not _wide(engine)
    _move(engine, source, "UPDATE t SET a = a / 3, l = l || 0.25; DELETE FROM t WHERE id > 7")
    _move(engine, source, "UPDATE t SET a = 'NaN' WHERE id = 1")
    assert _wide(engine) == WIDE


def test_it_is_there_before_the_views_are_built(engine: DuckDBEngine, source: Source) -> None:
    _move(engine, source, f"{ROWS}; INSERT INTO k VALUES ('NaN'); UPDATE t SET l = '{{NaN}}'")
    assert _wide(engine) == {"keyed", "rows", "lists"}
    _move(engine, source, "INSERT INTO t VALUES (20, 1, 'NaN', 1, NULL)")
    assert _wide(engine) == WIDE | {"lists"}


def test_a_view_is_taken_over_where_the_two_states_store_the_column_otherwise(
    engine: DuckDBEngine, source: Source, tmp_path: Path
) -> None:
    """A rebuild that reads compacted topics may have seen no NaN, or one that was never live."""
    other = DuckDBEngine.open(tmp_path / "other.duckdb", threads=1)
    for name in VIEWS:
        other.declare(_definition(name), source.feed.schemas, key=None, generation=2)
    source.connection.execute(ROWS)
    batch = source.batch()
    assert not engine.apply(batch).failures and not other.apply(batch).failures
    source.connection.execute("UPDATE t SET a = 'NaN' WHERE id = 2")
    assert not engine.apply(source.batch()).failures
    source.connection.execute("UPDATE t SET a = 7 WHERE id = 2")
    batch = source.batch()
    assert not engine.apply(batch).failures and not other.apply(batch).failures
    other.close()
    assert _wide(engine) == WIDE
    for name in ("sums", "rows", "keyed"):
        difference_of = engine.compare(tmp_path / "other.duckdb", name)
        assert not (difference_of.missing or difference_of.extra or difference_of.unlike)
        engine.adopt(tmp_path / "other.duckdb", name)
    assert _wide(engine) == {"first"}
    _move(engine, source, "UPDATE t SET a = a + 1, b = 0 WHERE id < 4; INSERT INTO k VALUES (3.25)")
    _move(engine, source, "UPDATE t SET a = 'NaN' WHERE id = 9")
    assert _wide(engine) == WIDE
