"""Each line of expressions.sql over a table of nasty values: PostgreSQL's answer and the
translator's must be one, in value and, where the type has one, in text.

A line that begins with `!` must fail in both for some row.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import psycopg
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.plan import Planning, whole_select
from materializers.errors import ViewError
from materializers.sql.catalogue import BUILT_IN
from materializers.view import ViewDefinition
from tests.oracle.nasty_values import CREATE, ROWS
from tests.views.answers import frozen
from tests.views.source import Connection, Source

FILE = Path(__file__).with_name("expressions.sql")
EXPRESSIONS = [
    line.strip()
    for line in FILE.read_text().splitlines()
    if line.strip() and not line.startswith("--")
]


class Sides:
    """One table in both: PostgreSQL's, and the engine's copy of it."""

    def __init__(self, connection: Connection, engine: DuckDBEngine) -> None:
        self.postgres = connection
        self.engine = engine
        self.tables = 0
        connection.execute(f"{CREATE}; {ROWS}")
        source = Source(connection, ["nasty"])
        self.schemas = dict(source.feed.schemas)
        definition = ViewDefinition("nasty_copy", "SELECT * FROM nasty", FILE, 1)
        engine.declare(definition, source.feed.schemas, key=None, generation=1)
        applied = engine.apply(source.batch())
        assert not applied.failures, applied.failures
        connection.execute("SET IntervalStyle = postgres")

    def duckdb(self, value: str) -> tuple[str, list[Any]]:
        """The type, and the value of each row."""
        definition = ViewDefinition("v", f"SELECT id, {value} AS v FROM nasty", FILE, 1)
        connection = self.engine.store.connection
        sql = whole_select(definition, self.schemas, Planning(BUILT_IN), connection)
        rows = self.engine.store.connection.execute(f"SELECT id, v FROM ({sql})").fetchall()
        return "", [row[1] for row in sorted(rows, key=lambda row: int(row[0]))]

    def expected(self, value: str) -> list[Any]:
        rows = self.postgres.execute(f"SELECT {value} FROM nasty ORDER BY id").fetchall()
        return [row[0] for row in rows]

    def type_of(self, value: str) -> str:
        row = self.postgres.execute(f"SELECT pg_typeof({value}) FROM nasty LIMIT 1").fetchone()
        assert row is not None
        return str(row[0])


@pytest.fixture(scope="module")
def database(postgres_server: str) -> Iterator[str]:
    """DSN of a database for all of them."""
    name = f"expressions_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield postgres_server.rpartition("/")[0] + "/" + name
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def sides(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    path = tmp_path_factory.mktemp("expressions") / "state.duckdb"
    engine = DuckDBEngine.open(path, threads=1)
    try:
        with psycopg.connect(database, autocommit=True) as connection:
            yield Sides(connection, engine)
    finally:
        engine.close()


@pytest.mark.parametrize("line", EXPRESSIONS)
def test_expression(line: str, sides: Sides) -> None:
    if line.startswith("!"):
        with pytest.raises(psycopg.Error):
            sides.expected(line[1:])
        with pytest.raises((duckdb.Error, ViewError)) as refused:
            sides.duckdb(line[1:])
        assert "not supported" not in str(refused.value), "it fails for another reason"
        return
    kind = sides.type_of(line)
    _compare_texts(line, kind, sides)
    if kind.startswith(("interval", "json", "date", "timestamp")):
        return  # the texts have told
    expected, found = sides.expected(line), sides.duckdb(line)[1]
    assert _values(expected, kind) == _values(found, kind), line


def _compare_texts(line: str, kind: str, sides: Sides) -> None:
    text = f"({line})::text"
    try:
        found = sides.duckdb(text)[1]
    except ViewError as error:
        assert kind in ("numeric", "jsonb", "json", "numeric[]"), error
        sides.duckdb(line)  # only the text of it is not supported
        return
    expected = sides.expected(text)
    if kind == "json":
        expected, found = (_values(v, kind) for v in (expected, found))
    assert expected == found, text


def _values(values: list[Any], kind: str) -> list[Any]:
    return [frozen(value, kind) for value in values]
