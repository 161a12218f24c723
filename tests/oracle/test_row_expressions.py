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
from materializers.engines.rows.time_operations import TIME_OPERATIONS
from materializers.engines.rows.type_io import INPUTS, PENDING
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
    {"#-", "#>", "#>>", "->", "->>", "?", "?&", "?|", "age", "array_to_json", "as compared",
     "date_bin", "date_trunc", "extract", "finite", "generate_series",
     "ilike", "input of date", "input of interval", "input of json", "input of jsonb",
     "input of time without time zone", "input of timestamp with time zone",
     "input of timestamp without time zone", "interval of time", "isfinite", "json",
     "json elements", "json key", "json values", "json_array_length", "json_build_array",
     "json_build_object", "json_object_keys", "json_typeof", "jsonb", "jsonb -", "jsonb @>",
     "jsonb ||", "jsonb_array_length", "jsonb_build_array", "jsonb_build_object", "jsonb_insert",
     "jsonb_set", "jsonb_strip_nulls", "jsonb_typeof", "justify_days", "justify_hours",
     "justify_interval", "like", "make_date", "make_interval", "make_time", "make_timestamp",
     "moment precision", "not ilike", "not like", "object key", "of object", "overlaps", "record",
     "regexp_count", "regexp_like", "regexp_match", "regexp_matches", "regexp_replace",
     "regexp_split_to_array", "regexp_substr", "row_to_json", "time arithmetic", "timezone",
     "to_char of times", "to_date", "to_json",
     "to_jsonb", "to_timestamp", "unless json null", "~", "~*"}
)  # fmt: skip
"""Names without a meaning yet, to shrink to nothing; casts between times and jsons are not listed
one by one."""


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
            assert error.name in MISSING or error.name.startswith("cast from"), error
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
    unread = {f"input of {name}" for name in PENDING - INPUTS.keys()}
    operations = set() if TIME_OPERATIONS else {"time arithmetic"}
    assert (unmeant | unread | operations) == MISSING - {"to_char of times"}
