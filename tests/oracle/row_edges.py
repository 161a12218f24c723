"""The tables of edges in a database of their own, for the row engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg

from tests.oracle.edges import statements
from tests.oracle.function_calls import ATTEMPT
from tests.oracle.row_answers import Tables
from tests.views.source import Connection, Source

TABLES = ("edges", "holes")


class RowEdges:
    """`connection`: to PostgreSQL's copy of them; `tables`: what rows read."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        for statement in [ATTEMPT, *statements()]:
            connection.execute(statement.encode())
        self.tables = Tables(connection, Source(connection, list(TABLES)).feed.schemas)
        connection.execute("SET IntervalStyle = postgres")

    @classmethod
    @contextmanager
    def made(cls, server: str) -> Iterator[RowEdges]:
        """In a database that is dropped behind them."""
        name = f"row_edges_{uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}".encode())
            dsn = server.rpartition("/")[0] + "/" + name
            with psycopg.connect(dsn, autocommit=True) as connection:
                yield cls(connection)
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def expected(self, call: str, table: str) -> list[str | None]:
        """The text of each row's answer, `#error` and why where there is none."""
        query = f"SELECT ({call})::text FROM {table} WHERE id = "
        sql = f"SELECT attempt(%s || id) FROM {table} ORDER BY id"
        return [row[0] for row in self.connection.execute(sql.encode(), [query]).fetchall()]

    def type_of(self, call: str) -> str | None:
        """PostgreSQL's type of it; None where it has no such operator."""
        query = f"SELECT ({call}) AS v FROM holes WHERE false"
        try:
            cursor = self.connection.execute(query.encode())
        except psycopg.Error:
            return None
        assert cursor.description is not None
        return str(cursor.description[0].type_code)
