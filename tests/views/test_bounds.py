"""A value that does not fit stops only its view, with a message; nothing wraps or is rounded."""

from pathlib import Path

import psycopg
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.plan import Planning, make_plan
from materializers.errors import ViewError
from materializers.project.references import linked
from materializers.sql.catalogue import BUILT_IN
from materializers.view import ViewDefinition
from tests.views.answers import difference, engine_rows, postgres_rows
from tests.views.feed import table_schema
from tests.views.source import Source

ROWS = "SELECT i, repeat('9', 37)::numeric, 100000000 * (i % 2), NULL"
CASES = [
    ("max(id + 2147483640)", "integer out of range: cast an operand to a wider type"),
    ("jsonb_object_agg(k, id)", "field name must not be null"),
]


@pytest.mark.parametrize(("call", "message"), CASES, ids=[call for call, _ in CASES])
def test_a_value_out_of_bounds_stops_its_view(
    call: str, message: str, postgres_dsn: str, tmp_path: Path
) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, n numeric(38,0), b bigint, k text)")
        source = Source(connection, ["t"])
        engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
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
        engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
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


TERMS = 400
DEEP = {
    "sum": " + ".join(["n"] * TERMS),
    "text": " || ".join(["k"] * TERMS),
    "any": " OR ".join(f"n = {number}" for number in range(TERMS)),
    "all": " AND ".join(f"n <> {number}" for number in range(TERMS)),
    "case": "CASE " + " ".join(f"WHEN n = {i} THEN {i * i}" for i in range(TERMS)) + " END",
    "nested": "abs(" * 50 + "n" + ")" * 50,
}


def test_long_expressions_are_kept(postgres_dsn: str, tmp_path: Path) -> None:
    listed = ", ".join(f'{sql} AS "{name}"' for name, sql in DEEP.items())
    query = f"SELECT id, {listed} FROM t"
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, n bigint, k text)")
        source = Source(connection, ["t"])
        engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
        try:
            definition = ViewDefinition("v", query, Path("v.sql"), 1)
            engine.declare(definition, source.feed.schemas, key=None, generation=1)
            for statement in ("INSERT INTO t VALUES (1, 7, 'x'), (2, NULL, 'y'), (3, 999, NULL)",
                              "UPDATE t SET n = n + 3, k = k || 'z'"):  # fmt: skip
                connection.execute(statement)
                assert not engine.apply(source.batch()).failures
                assert not difference(postgres_rows(connection, query), engine_rows(engine, "v"))
        finally:
            engine.close()


@pytest.mark.parametrize("sql", ["(" * 3000 + "1" + ")" * 3000, " + ".join(["id"] * 20_000)])
def test_what_is_nested_too_deeply_is_refused(sql: str) -> None:
    schema = table_schema("public.t", [("id", "integer")], ["id"])
    definition = ViewDefinition("v", f"SELECT id, {sql} AS x FROM t", Path("v.sql"), 1)
    with pytest.raises(ViewError, match="nested too deeply") as caught:
        make_plan(linked([definition])[0][0], {"public.t": schema}, None, Planning(BUILT_IN))
    assert caught.value.fix


@pytest.mark.parametrize("value", ["'NaN'", "'Infinity'", "repeat('9', 60)::numeric"])
def test_a_number_of_any_size_stops_no_view(value: str, postgres_dsn: str, tmp_path: Path) -> None:
    views = {
        "amounts": "SELECT id, amount, amount * 2 AS double FROM t",
        "others": "SELECT id, k FROM t",
        "elsewhere": "SELECT id FROM u",
    }
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, amount numeric, k text)")
        connection.execute("CREATE TABLE u (id int PRIMARY KEY)")
        source = Source(connection, ["t", "u"])
        engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
        try:
            for name, query in views.items():
                engine.declare(
                    ViewDefinition(name, query, Path("v.sql"), 1),
                    source.feed.schemas, key=None, generation=1,
                )  # fmt: skip
            connection.execute("INSERT INTO t VALUES (1, 1.5, 'a')")
            assert not engine.apply(source.batch()).failures
            connection.execute(f"INSERT INTO t VALUES (2, {value}, 'b')".encode())
            connection.execute("INSERT INTO u VALUES (7)")
            assert not engine.apply(source.batch()).failures
            connection.execute("UPDATE t SET k = k || '!'; INSERT INTO u VALUES (8)")
            assert not engine.apply(source.batch()).failures
            for name in views:
                expected = postgres_rows(connection, views[name])
                assert not difference(expected, engine_rows(engine, name))
        finally:
            engine.close()
