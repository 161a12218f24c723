"""Each line of expressions.sql in the row engine over the table of nasty values: the text of its
answer is PostgreSQL's.

A line that begins with `!` must fail here as it does there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from materializers.engines.duckdb.render.aggregates.results import AGGREGATE_RESULTS
from materializers.engines.duckdb.render.functions import RENDERINGS
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.lazy import LAZY
from materializers.engines.rows.meanings import MEANINGS
from materializers.errors import ViewError
from tests.oracle.nasty_values import CREATE, ROWS
from tests.oracle.row_answers import Tables
from tests.views.source import Connection, Source

LINES = [
    line.strip()
    for line in Path(__file__).with_name("expressions.sql").read_text().splitlines()
    if line.strip() and not line.startswith("--")
]


class Nasty:
    """The table in both."""

    def __init__(self, connection: Connection) -> None:
        connection.execute(f"{CREATE}; {ROWS}")
        self.connection = connection
        self.tables = Tables(connection, Source(connection, ["nasty"]).feed.schemas)
        self.connection.execute("SET IntervalStyle = postgres")

    def expected(self, value: str) -> list[str | None]:
        query = f"SELECT ({value})::text FROM nasty ORDER BY id"
        return [row[0] for row in self.connection.execute(query.encode()).fetchall()]

    def found(self, value: str) -> list[str | None]:
        """Raises EvaluationError, Unsupported and ViewError."""
        return self.tables.answers(self.tables.planned(value, "nasty"))


@pytest.fixture(scope="module")
def nasty(postgres_server: str) -> Iterator[Nasty]:
    name = f"rows_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        dsn = postgres_server.rpartition("/")[0] + "/" + name
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield Nasty(connection)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.parametrize("line", LINES)
def test_row_expression(line: str, nasty: Nasty) -> None:
    if not line.startswith("!"):
        assert nasty.found(line) == nasty.expected(line), line
        return
    with pytest.raises(psycopg.Error):
        nasty.expected(line[1:])
    with pytest.raises((EvaluationError, ViewError)):
        nasty.found(line[1:])


_ITS_OWN = {"numeric sum", "behind its key", "by rows"}


def test_every_name_has_a_meaning() -> None:
    """What DuckDB can be asked for has one, but for how it reads what it keeps of its own."""
    asked = RENDERINGS.keys() - AGGREGATE_RESULTS.keys() - _ITS_OWN
    assert not asked - MEANINGS.keys() - LAZY.keys()
