"""Every function of the registry in the row engine over the edges of its arguments: PostgreSQL's
text, PostgreSQL's message where it fails, and never NULL where it is planned so."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from materializers.errors import ViewError
from materializers.plan.functions.registry import FUNCTIONS
from tests.oracle.edges import statements
from tests.oracle.function_calls import ATTEMPT, UNTRIED, calls
from tests.oracle.row_answers import Tables
from tests.views.source import Connection, Source

OPEN = frozenset[str]()
"""What is not right yet; a name that is right must be struck off."""
TABLES = ("edges", "holes")


class Edges:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        for statement in [ATTEMPT, *statements()]:
            connection.execute(statement.encode())
        self.tables = Tables(connection, Source(connection, list(TABLES)).feed.schemas)
        connection.execute("SET IntervalStyle = postgres")

    def expected(self, call: str, table: str) -> list[str | None]:
        query = f"SELECT ({call})::text FROM {table} WHERE id = "
        sql = f"SELECT attempt(%s || id) FROM {table} ORDER BY id"
        return [row[0] for row in self.connection.execute(sql.encode(), [query]).fetchall()]


@pytest.fixture(scope="module")
def edges(postgres_server: str) -> Iterator[Edges]:
    name = f"row_edges_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        dsn = postgres_server.rpartition("/")[0] + "/" + name
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield Edges(connection)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail) if name in OPEN else name
        for name in sorted(FUNCTIONS)
    ],
)
def test_row_function(name: str, edges: Edges) -> None:
    tried = 0
    for call in calls(edges.connection, name):
        for table in TABLES:
            try:
                planned = edges.tables.planned(call, table)
            except ViewError:
                continue  # refused at plan time
            tried += 1
            assert edges.tables.attempts(planned) == edges.expected(call, table), f"{call} {table}"
    assert tried or name in UNTRIED
