"""What does not fit stops the view that holds it, alone and in words; nothing wraps or rounds."""

from pathlib import Path

import psycopg
import pytest

from materializers.engine import Engine
from materializers.view import ViewDefinition
from tests.views.source import Source

ROWS = "SELECT i, repeat('9', 37)::numeric, 100000000 * (i % 2), NULL"
CASES = [
    (
        "sum(n)",
        "a number outgrew the 38 digits that are kept: cast to double precision, or to numeric(p,s)"
        ' with fewer decimals (in: group by nothing: sum("t.n"))',
    ),
    ("max(id + 2147483640)", "integer out of range: cast an operand to a wider type"),
    ("variance(b)", "a variance of 1e14 or more: cast to double precision"),
    ("jsonb_object_agg(k, id)", "field name must not be null"),
]


@pytest.mark.parametrize(("call", "message"), CASES, ids=[call for call, _ in CASES])
def test_a_value_out_of_bounds_stops_its_view(
    call: str, message: str, postgres_dsn: str, tmp_path: Path
) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, n numeric(38,0), b bigint, k text)")
        source = Source(connection, ["t"])
        engine = Engine.open(tmp_path / "state.duckdb", threads=1)
        try:
            for name, value in (("v", call), ("other", "count(*)")):
                definition = ViewDefinition(name, f"SELECT {value} FROM t", Path("v.sql"), 1)
                engine.declare(definition, source.feed.schemas, key=(), generation=1)
            engine.apply(source.batch())
            connection.execute(f"INSERT INTO t {ROWS} FROM generate_series(1, 20) i")
            failures = engine.apply(source.batch()).failures
        finally:
            engine.close()
    assert failures.keys() == {"v"}
    assert message in failures["v"]


PLACES = [
    "SELECT id, 1 / b AS v FROM t",
    "SELECT id, k::int AS v FROM t WHERE id > 0",
    "SELECT sum(1 / b) AS v FROM t",
    "SELECT k, max(1 / b) AS v FROM t WHERE id > 0 GROUP BY k",
    "SELECT id, g FROM t, generate_series(1, 2, b) AS g",
]
KEYS = {PLACES[2]: (), PLACES[3]: ("k",), PLACES[4]: ("id", "g")}


@pytest.mark.parametrize("sql", PLACES)
def test_the_row_that_fails_is_named(sql: str, postgres_dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, b bigint, k text)")
        source = Source(connection, ["t"])
        engine = Engine.open(tmp_path / "state.duckdb", threads=1)
        try:
            for name, query in (("v", sql), ("other", "SELECT id, b FROM t")):
                engine.declare(
                    ViewDefinition(name, query, Path("v.sql"), 1),
                    source.feed.schemas,
                    key=KEYS.get(query, ("id",)),
                    generation=1,
                )
            engine.apply(source.batch())
            connection.execute("INSERT INTO t SELECT i, 1, '1' FROM generate_series(1, 50) i")
            assert not engine.apply(source.batch()).failures
            connection.execute("UPDATE t SET b = 2; UPDATE t SET b = 0, k = 'x' WHERE id = 37")
            failures = engine.apply(source.batch()).failures
        finally:
            engine.close()
    assert failures.keys() == {"v"}
    assert failures["v"].endswith(", at public.t where id = 37")
