"""Each line of expressions.sql in the row engine over the table of nasty values: the text of its
answer is PostgreSQL's.

A line that begins with `!` must fail here as it does there. A function that has no meaning yet
stands in MISSING, and only there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from materializers.engines.rows.failure import EvaluationError, Unsupported
from materializers.engines.rows.lazy import LAZY
from materializers.engines.rows.meanings import MEANINGS
from materializers.errors import ViewError
from materializers.plan.render.functions import RENDERINGS
from tests.oracle.nasty_values import CREATE, ROWS
from tests.oracle.row_answers import Tables
from tests.views.source import Connection, Source

LINES = [
    line.strip()
    for line in Path(__file__).with_name("expressions.sql").read_text().splitlines()
    if line.strip() and not line.startswith("--")
]
MISSING = frozenset(
    {"generate_series", "ilike", "json elements", "json values", "json_object_keys", "like",
     "not ilike", "not like", "of object", "regexp_count", "regexp_like",
     "regexp_match", "regexp_matches", "regexp_replace", "regexp_split_to_array",
     "regexp_substr", "unless json null", "~", "~*"}
)  # fmt: skip
"""Names without a meaning yet, to shrink to nothing."""


class Nasty:
    """The table, and the names that were found to have no meaning."""

    def __init__(self, connection: Connection) -> None:
        connection.execute(f"{CREATE}; {ROWS}")
        self.connection = connection
        self.tables = Tables(connection, Source(connection, ["nasty"]).feed.schemas)
        self.connection.execute("SET IntervalStyle = postgres")

    def expected(self, value: str) -> list[str | None]:
        query = f"SELECT ({value})::text FROM nasty ORDER BY id"
        return [row[0] for row in self.connection.execute(query.encode()).fetchall()]

    def found(self, value: str) -> list[str | None] | None:
        """None where it has no meaning yet; raises EvaluationError and ViewError."""
        planned = self.tables.planned(value, "nasty")
        try:
            return self.tables.answers(planned)
        except Unsupported as error:
            assert error.name in MISSING, error
            return None


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
        found = nasty.found(line)
        assert found is None or found == nasty.expected(line), line
        return
    with pytest.raises(psycopg.Error):
        nasty.expected(line[1:])
    try:
        found = nasty.found(line[1:])
    except (EvaluationError, ViewError):
        return
    assert found is None, f"{line} fails in PostgreSQL alone: {found}"


def test_what_is_missing_is_listed() -> None:
    """A name that works is struck off."""
    unmeant = RENDERINGS.keys() - MEANINGS.keys() - LAZY.keys()
    assert unmeant == MISSING
