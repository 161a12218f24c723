"""Random expressions in the row engine: PostgreSQL's text, or its message, in each row."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from materializers.errors import ViewError
from tests.oracle.function_calls import ATTEMPT
from tests.oracle.nasty_values import CREATE, ROWS
from tests.oracle.row_answers import Tables
from tests.oracle.row_grammar import random_expression
from tests.views.source import Connection, Source

EXPRESSIONS = 400
TRIED_MIN = EXPRESSIONS // 2


class Nasty:
    def __init__(self, connection: Connection) -> None:
        connection.execute(f"{CREATE}; {ROWS}")
        connection.execute(ATTEMPT.encode())
        self.connection = connection
        self.tables = Tables(connection, Source(connection, ["nasty"]).feed.schemas)
        connection.execute("SET IntervalStyle = postgres")

    def expected(self, value: str) -> list[str | None] | None:
        """None where PostgreSQL refuses the expression."""
        try:
            self.connection.execute(f"SELECT {value} FROM nasty WHERE false".encode())
        except psycopg.Error:
            return None
        query = "SELECT attempt(%s || id) FROM nasty ORDER BY id"
        whole = f"SELECT ({value})::text FROM nasty WHERE id = "
        return [row[0] for row in self.connection.execute(query, [whole]).fetchall()]

    def holds(self, seed: int) -> bool:
        """Whether one expression was tried; it must be right."""
        value = random_expression(random.Random(seed))
        try:
            planned = self.tables.planned(value, "nasty")
        except ViewError:
            return False
        if (expected := self.expected(value)) is None:
            return False
        assert self.tables.attempts(planned) == expected, f"seed {seed}: {value}"
        return True


@pytest.fixture(scope="module")
def nasty(postgres_server: str) -> Iterator[Nasty]:
    name = f"row_random_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        dsn = postgres_server.rpartition("/")[0] + "/" + name
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield Nasty(connection)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_random_expressions(nasty: Nasty, seed: int, pytestconfig: pytest.Config) -> None:
    tried = sum(nasty.holds(seed + place) for place in range(EXPRESSIONS))
    assert tried >= TRIED_MIN
    end = time.monotonic() + 60 * pytestconfig.getoption("--oracle-minutes")
    while time.monotonic() < end:
        nasty.holds(random.randrange(10**9))
