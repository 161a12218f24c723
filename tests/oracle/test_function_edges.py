"""Every function of the registry over the edges of its arguments: the translator's result equals
PostgreSQL's in value and in being NULL, and is never NULL where planned so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.plan import Planning, whole_select
from materializers.errors import ViewError
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import whole_view
from materializers.view import ViewDefinition
from tests.oracle.edges import COPIES, statements
from tests.oracle.function_calls import ATTEMPT, UNTRIED, calls, is_error
from tests.views.source import Connection, Source

FILE = Path(__file__)
OWN_LIMITS = (
    "cannot be stored",
    "is not supported",
    "cannot be a",
    "infinite interval",
    "Could not parse",
)
"""What the errors say by which a value is refused that PostgreSQL takes."""


class Edges:
    """The tables in both engines."""

    def __init__(self, connection: Connection, engine: DuckDBEngine) -> None:
        self.postgres, self.engine = connection, engine
        for statement in [ATTEMPT, *statements()]:
            connection.execute(statement.encode())
        source = Source(connection, ["edges", "holes"])
        self.schemas = source.feed.schemas
        for table in ("edges", "holes"):
            view = ViewDefinition(f"copy_{table}", f"SELECT * FROM {table}", FILE, 1)
            engine.declare(view, self.schemas, key=None, generation=1)
        applied = engine.apply(source.batch())
        assert not applied.failures, applied.failures
        connection.execute("SET IntervalStyle = postgres")

    def expected(self, call: str, table: str) -> dict[int, str | None]:
        """The text of each row's answer, `#error` and why where there is none."""
        query = f"SELECT ({call})::text FROM {table} WHERE id = "
        sql = f"SELECT id, attempt(%s || id) FROM {table}"
        return dict(self.postgres.execute(sql.encode(), [query]).fetchall())

    def type_of(self, call: str) -> str | None:
        try:
            row = self.postgres.execute(f"SELECT pg_typeof({call}) FROM holes".encode()).fetchone()
        except psycopg.Error:
            row = self.postgres.execute("SELECT attempt(%s)", [_typed(call)]).fetchone()
        return str(row[0]) if row and not is_error(row[0]) else None

    def planned(self, call: str, table: str) -> tuple[str, bool]:
        """SQL of `id` and `v`, and whether `v` may be NULL; raises ViewError."""
        view = ViewDefinition("v", f"SELECT id, {call} AS v FROM {table}", FILE, 1)
        connection = self.engine.store.connection
        sql = whole_select(view, self.schemas, Planning(BUILT_IN), connection)
        return sql, whole_view(view, self.schemas, BUILT_IN).columns[1].nullable

    def row(self, sql: str, *ids: int) -> dict[int, Any]:
        listed = ", ".join(map(str, ids))
        sql = f"SELECT id, v FROM ({sql}) WHERE id IN ({listed})"
        return dict(self.engine.store.connection.execute(sql).fetchall())

    def found(self, sql: str, ids: list[int]) -> dict[int, Any]:
        """The answers of those rows that are not refused by a limit that is told."""
        rows: dict[int, Any] = {}
        for some in (ids, *([i] for i in ids)):
            if len(rows) == len(ids):
                break
            try:
                rows |= self.row(sql, *some)
            except duckdb.Error as error:
                if len(some) == 1:
                    assert any(limit in str(error) for limit in OWN_LIMITS), f"{sql}: {error}"
        return rows


def _typed(call: str) -> str:
    return f"SELECT pg_typeof({call})::text FROM holes WHERE id = {COPIES}"


@pytest.fixture(scope="module")
def edges(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edges]:
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS function_edges WITH (FORCE)")
        admin.execute("CREATE DATABASE function_edges")
        dsn = postgres_server.rpartition("/")[0] + "/function_edges"
        path = tmp_path_factory.mktemp("edges") / "state.duckdb"
        engine = DuckDBEngine.open(path, threads=1)
        try:
            with psycopg.connect(dsn, autocommit=True) as connection:
                yield Edges(connection, engine)
        finally:
            engine.close()
            admin.execute("DROP DATABASE function_edges WITH (FORCE)")


@pytest.mark.parametrize("name", sorted(BUILT_IN.scalars))
def test_function(name: str, edges: Edges) -> None:
    tried = 0
    for call in calls(edges.postgres, name):
        kind = edges.type_of(call)
        if kind is None:
            continue
        for table in ("edges", "holes"):
            tried += _compare(edges, call, table, kind)
    assert tried or name in UNTRIED


def _compare(edges: Edges, call: str, table: str, kind: str) -> bool:
    """Whether the call is supported."""
    is_number = kind in ("double precision", "real", "numeric")
    try:
        sql, nullable = edges.planned(call, table)
    except ViewError:
        return False  # refused at plan time
    expected = edges.expected(call, table)
    fine = [i for i, text in expected.items() if not is_error(text)]
    found = edges.found(sql, fine)
    for i, value in found.items():
        assert (value is None) == (expected[i] is None), f"{call} of {table} {i}: {value}"
        assert nullable or value is not None, f"{call} of {table} {i} is planned never NULL"
    if not is_number:
        try:
            found = edges.found(edges.planned(f"({call})::text", table)[0], fine)
        except ViewError:
            return True  # its text is refused
    for i, value in found.items():
        assert _same(value, expected[i], is_number), (
            f"{call} of {table} {i}: {value}, {expected[i]}"
        )
    for i in [i for i in expected if i not in fine][:2]:
        with pytest.raises(duckdb.Error):
            edges.row(sql, i)
            pytest.fail(f"{call} of {table} {i} fails in PostgreSQL alone")
    return True


def _same(value: Any, text: str | None, is_number: bool) -> bool:
    if value is None or text is None:
        return value is text
    if not is_number:
        return bool(value == text)
    if isinstance(value, float):
        expected = float(text)
        return math.isnan(value) if math.isnan(expected) else math.isclose(value, expected)
    return bool(Decimal(value) == Decimal(text))
