"""A server that evaluates expressions one by one, for tests that compare with it, and their random
values."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from tests.oracle.answering import Server
from tests.oracle.function_calls import ATTEMPT

SEED = 20_261_127


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """The same at each run; another one where `--oracle-minutes` asks for a search."""
    is_search = pytestconfig.getoption("--oracle-minutes") > 0
    return random.randrange(10**9) if is_search else SEED


@pytest.fixture
def choose(seed: int) -> random.Random:
    """Its seed is printed where a test fails."""
    print(f"seed {seed}")  # shown by pytest alone
    return random.Random(seed)


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
