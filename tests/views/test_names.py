"""Tables and columns of any name: DuckDB's own, the state's own, alike but for their case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.errors import ViewError
from materializers.view import ViewDefinition
from tests.views.answers import Mirror, difference, engine_rows, postgres_rows
from tests.views.source import Connection, Source

NAMES = [
    "rowid", "ROWID", "RowId", "#", "#row", "#deleted", "#is_there", "#op", "#place", "#misfit",
    "#text.a", "#old.a", "-a", "a", "A", "A~1", "a~1", "t.a", "k", "v", "e", "i", "n", "s", "d",
    "key", "op", "place", "misfit", "after", "before", "weight", "c#0", "#0", "#old.rowid",
    'a"b', "it's", "a b", "ä", "Ä", "select", "{x}", "/a", "~0", "0a", "ſ", "İ",
]  # fmt: skip
KEYS = [["id"], ["rowid"], ["A", "a"], ["RowId", "#deleted", "ä"], ["#", "id", "it's"]]
ROWS = 12


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


LIST = ", ".join(f"t.{quoted(name)} AS c{number}" for number, name in enumerate(NAMES))
VIEWS = {
    "whole": f"SELECT t.id, {LIST} FROM t",
    "starred": 'SELECT q.id, q."A" AS big, q.a AS small, q."rowid" AS r FROM (SELECT * FROM t) q',
    "grouped": 'SELECT "A" AS big, a AS small, count(*) AS n, sum("rowid") AS r, max("ROWID") AS s,'
    ' count("#") AS h FROM t GROUP BY "A", a',
    "joined": 'SELECT l.id, r.id AS other, l."ROWID" AS x, r."RowId" AS y FROM t l JOIN t r'
    ' ON r."rowid" = l."ROWID"',
    "padded": 'SELECT l.id, r.id AS other, r."#deleted" AS x FROM t l LEFT JOIN t r'
    ' ON r."RowId" = l."#row" AND r."A" > l.a',
    "used": 'SELECT l.id, r.id AS other, "A" AS big, a AS small FROM t l'
    ' FULL JOIN (SELECT id, a::bigint AS "A", "A"::bigint AS a FROM t) r USING ("A", a)',
    "united": 'SELECT "A", a AS b FROM t UNION SELECT a, "rowid" FROM t',
    "ranked": 'SELECT id, rank() OVER (PARTITION BY "rowid" ORDER BY "#op", "A", id) AS place'
    " FROM t",
    "nested": 'SELECT id, (SELECT max(i."ROWID") FROM t i WHERE i."rowid" = o."#") AS m FROM t o',
    "first": 'SELECT DISTINCT ON ("t.a") "t.a" AS x, id, "-a" AS y FROM t ORDER BY "t.a", id',
    "absent": 'SELECT id FROM t o WHERE NOT EXISTS (SELECT 1 FROM t i WHERE i."-a" = o."A~1")',
    "record": "SELECT id, row_to_json(t)::jsonb AS j FROM t",
}
VIEW_KEYS: dict[str, tuple[str, ...]] = {
    "every": ("id",), "doubled": ("id",), "reversed": ("id",), "totals": ("#1", "#2"),
    **{name: ("id",) for name in ("whole", "starred", "ranked", "nested", "first", "absent")},
    "record": ("id",),
    "joined": ("id", "other"), "padded": ("id", "other"), "used": ("id", "other", "big", "small"),
    "united": ("A", "b"),
}  # fmt: skip


@contextmanager
def kept(
    connection: Connection, tables: list[str], views: Mapping[str, str], path: Path
) -> Iterator[tuple[Source, DuckDBEngine]]:
    """An engine that keeps the views, each beside one of PostgreSQL's."""
    source, engine = Source(connection, tables), DuckDBEngine.open(path, threads=1)
    try:
        for name, query in views.items():
            connection.execute(f"CREATE VIEW {name} AS {query}".encode())
            engine.declare(
                ViewDefinition(name, query, Path("v.sql"), 1),
                source.feed.schemas, key=VIEW_KEYS.get(name), generation=1,
            )  # fmt: skip
        yield source, engine
    finally:
        engine.close()


def check(connection: Connection, engine: DuckDBEngine, mirrors: Mapping[str, Mirror]) -> None:
    for name, mirror in mirrors.items():
        expected = postgres_rows(connection, f"SELECT * FROM {name}")
        assert not (said := difference(expected, engine_rows(engine, name))), (name, said)
        mirror.follow()
        assert not (said := difference(expected, mirror.counted())), (name, said)


def fill(connection: Connection, first: int) -> None:
    """Rows whose values differ by column and by row, some NULL where that may be."""
    listed = ", ".join(map(quoted, NAMES))
    for number in range(first, first + ROWS):
        values = [
            str((number * (place + 3)) % 5 + 100 * (place % 2)) for place in range(len(NAMES))
        ]
        connection.execute(
            f"INSERT INTO t (id, {listed}) VALUES ({number}, {', '.join(values)})"
            " ON CONFLICT DO NOTHING".encode()
        )


@pytest.mark.parametrize("key", KEYS, ids="+".join)
def test_columns_of_any_name(postgres_dsn: str, tmp_path: Path, key: list[str]) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        columns = ", ".join(f"{quoted(name)} int" for name in NAMES)
        keyed = ", ".join(map(quoted, key))
        connection.execute(f"CREATE TABLE t (id int, {columns}, PRIMARY KEY ({keyed}))".encode())
        fill(connection, 1)
        with kept(connection, ["t"], VIEWS, tmp_path / "state.duckdb") as (source, engine):
            assert not engine.apply(source.batch()).failures
            mirrors = {name: Mirror(engine, name) for name in VIEWS}
            check(connection, engine, mirrors)
            for statements in (
                'UPDATE t SET "ROWID" = "ROWID" + 1, "-a" = 7, "#old.a" = NULL WHERE id % 2 = 0',
                "DELETE FROM t WHERE id % 3 = 0",
                'UPDATE t SET "rowid" = "rowid" + 50, "a" = 3, "A" = "A" + 1, "#" = 1',
                'UPDATE t SET "#deleted" = 2, "op" = 5, "place" = 6 WHERE id % 2 = 1',
            ):
                connection.execute(statements.encode())
                assert not engine.apply(source.batch()).failures
                check(connection, engine, mirrors)
            fill(connection, 2 * ROWS)
            assert not engine.apply(source.batch()).failures
            check(connection, engine, mirrors)


def test_tables_alike_but_for_their_case(postgres_dsn: str, tmp_path: Path) -> None:
    views = {
        "small": "SELECT id, n FROM account",
        "large": 'SELECT id, n FROM "Account"',
        "pair": 'SELECT a.id, a.n, b.n AS m FROM account a JOIN "Account" b ON b.id = a.id',
        "unaliased": 'SELECT account.id, account.n, "Account".n AS m FROM account'
        ' LEFT JOIN "Account" ON "Account".id = account.id',
    }
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        for table, factor in (("account", 1), ("Account", 10), ("ACCOUNT", 100)):
            connection.execute(f'CREATE TABLE "{table}" (id int PRIMARY KEY, n int)'.encode())
            numbers = f"SELECT i, i * {factor} FROM generate_series(1, 9) i"
            connection.execute(f'INSERT INTO "{table}" {numbers}'.encode())
        names = ["account", "Account"]
        with kept(connection, names, views, tmp_path / "state.duckdb") as (source, engine):
            assert not engine.apply(source.batch()).failures
            mirrors = {name: Mirror(engine, name) for name in views}
            check(connection, engine, mirrors)
            for table in names:
                connection.execute(f'UPDATE "{table}" SET n = n + 5 WHERE id > 4'.encode())
                connection.execute(f'DELETE FROM "{table}" WHERE id = 7'.encode())
                assert not engine.apply(source.batch()).failures
                check(connection, engine, mirrors)
            engine.storage()


def test_output_columns_of_any_name(postgres_dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        columns = ", ".join(f"{quoted(name)} int" for name in NAMES)
        connection.execute(f"CREATE TABLE t (id int PRIMARY KEY, {columns})".encode())
        fill(connection, 1)
        listed = ", ".join(map(quoted, NAMES))
        views = {
            "every": "SELECT * FROM t",
            "doubled": f"SELECT {listed}, id FROM t WHERE id > 1",
            "reversed": 'SELECT id, a AS "#del", "#deleted" AS a, "#" AS "A", "A" AS "#" FROM t',
            "totals": 'SELECT a AS "#1", "A" AS "#2", count(*) AS n, sum(id) AS "N" FROM t'
            " GROUP BY 1, 2",
        }
        with kept(connection, ["t"], views, tmp_path / "state.duckdb") as (source, engine):
            mirrors: dict[str, Mirror] = {}
            for statement in (
                "SELECT 1",
                'UPDATE t SET "ROWID" = "ROWID" + 1, "-a" = 7, a = 9, "A" = NULL WHERE id % 2 = 0',
                "DELETE FROM t WHERE id % 3 = 0",
            ):
                connection.execute(statement.encode())
                assert not engine.apply(source.batch()).failures
                mirrors = mirrors or {name: Mirror(engine, name) for name in views}
                check(connection, engine, mirrors)
            for name in views:
                whole = engine.whole(name, 1.0)
                assert whole.types.names == [c.name for c in whole.schema.columns]
                assert {n for b in whole.batches for n in b.schema.names} == set(whole.types.names)
                whole.close()


def test_a_column_named_twice_is_refused(postgres_dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
        schemas = Source(connection, ["t"]).feed.schemas
        view = ViewDefinition("v", "SELECT id, n, id + 1 AS n FROM t", Path("v.sql"), 1)
        try:
            with pytest.raises(ViewError, match='column "n" is specified more than once'):
                engine.declare(view, schemas, key=("id",), generation=1)
        finally:
            engine.close()


def test_a_table_of_as_many_columns_as_postgresql_takes(postgres_dsn: str, tmp_path: Path) -> None:
    count = 1_600
    columns = ", ".join(f"c{number} smallint" for number in range(1, count))
    views = {"wide": "SELECT * FROM t", "total": "SELECT id % 2 AS half, sum(c1599) AS s FROM t"
             " GROUP BY id % 2"}  # fmt: skip
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE t (id int PRIMARY KEY, {columns})".encode())
        insert = (
            "INSERT INTO t (id, c1, c800, c1599) SELECT i, i, 2, 3 FROM generate_series(1, 5) i"
        )
        connection.execute(insert)
        with kept(connection, ["t"], views, tmp_path / "state.duckdb") as (source, engine):
            assert not engine.apply(source.batch()).failures
            for statement in ("UPDATE t SET c1599 = 9 WHERE id < 3", "DELETE FROM t WHERE id = 4"):
                connection.execute(statement)
                assert not engine.apply(source.batch()).failures
                for name in views:
                    expected = postgres_rows(connection, f"SELECT * FROM {name}")
                    assert engine_rows(engine, name) == expected
