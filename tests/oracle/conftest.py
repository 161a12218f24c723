"""A server that answers expressions one by one, for tests that compare with it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from tests.oracle.answering import Server
from tests.oracle.function_calls import ATTEMPT


@pytest.fixture(scope="module")
def server(postgres_server: str) -> Iterator[Server]:
    name = f"answers_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        dsn = postgres_server.rpartition("/")[0] + "/" + name
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(ATTEMPT.encode())
            connection.execute("SET TimeZone = 'UTC'")
            yield Server(connection)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
