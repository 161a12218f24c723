"""Every name of a time zone that PostgreSQL knows, and POSIX specifications, as a constant and as a
column: its local times are PostgreSQL's, or the name is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import duckdb
import psycopg
import pytest

from materializers.engines.duckdb.macros.install import EXPRESSION_MACROS
from materializers.engines.duckdb.render.words import words
from materializers.errors import ViewError
from materializers.sql.functions.zone import at_zone
from materializers.sql.types.expression import ColumnRef, Constant, Expression, text_literal
from materializers.sql.types.sql_type import TEXT, TIMESTAMPTZ
from materializers.sql.types.zone_names import ABBREVIATIONS, CHANGING

MOMENTS = ("2019-01-15 12:00+00", "2019-07-15 12:00+00")
SPECIFICATIONS = (
    "GMT+8", "GMT-8", "UTC+05:3", "utc-5:30:15", "-08", "+08", "08", "<x>3", "bogus+3", "-167",
    "Etc/GMT+8", "etc/gmt-14", "EST+5",
)  # fmt: skip
UNKNOWN_TO_BOTH = ("bogus", "", " PST", "PST ", "+168", "8:60", "-0830", "UTC+5:", "right/UTC", "x")
Locals = list[datetime] | None


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for macro in EXPRESSION_MACROS:
            connection.execute(macro)
        yield connection


def _expected(postgres: psycopg.Connection[tuple[object, ...]], name: str) -> Locals:
    try:
        row = postgres.execute(
            f"SELECT {', '.join(f'timestamptz {m!r} AT TIME ZONE %s' for m in MOMENTS)}",
            [name] * len(MOMENTS),
        ).fetchone()
    except psycopg.Error:
        return None
    assert row is not None
    return [value for value in row if isinstance(value, datetime)]


def _fail(message: str) -> ViewError:
    return ViewError(message)


def _shown(zone: Expression) -> str:
    values = [Constant(moment, TIMESTAMPTZ) for moment in MOMENTS]
    return f"[{', '.join(words(at_zone(value, zone, _fail)) for value in values)}]"


def _of_constant(duck: duckdb.DuckDBPyConnection, name: str) -> Locals:
    try:
        shown = _shown(Constant(name))
        row = duck.execute(f"SELECT {shown}").fetchone()
    except (ViewError, duckdb.Error):
        return None
    return row[0] if row else None


def _of_columns(duck: duckdb.DuckDBPyConnection, names: Iterable[str]) -> dict[str, Locals]:
    rows = ", ".join(f"({text_literal(name)})" for name in names)
    shown = _shown(ColumnRef("zone", TEXT))
    return dict(duck.execute(f"SELECT zone, {shown} FROM (VALUES {rows}) v(zone)").fetchall())


def test_zones_are_those_of_postgresql(duck: duckdb.DuckDBPyConnection, postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as postgres:
        postgres.execute("SET TimeZone = 'UTC'")
        abbreviations = [r[0] for r in postgres.execute("SELECT abbrev FROM pg_timezone_abbrevs")]
        regions = [r[0] for r in postgres.execute("SELECT name FROM pg_timezone_names")]
        names = {str(n) for n in [*abbreviations, *regions, *SPECIFICATIONS, *UNKNOWN_TO_BOTH]}
        names |= {n.upper() for n in ABBREVIATIONS}
        expected = {name: _expected(postgres, name) for name in names}
    found = {name: _of_constant(duck, name) for name in names}
    refused = {name for name in names if found[name] is None}
    assert {n for n in refused if expected[n] is not None} == {
        n for n in names if n.lower() in CHANGING
    }
    assert {n: expected[n] for n in names - refused} == {n: found[n] for n in names - refused}
    assert _of_columns(duck, names - refused) == {n: found[n] for n in names - refused}
    for name in refused:
        with pytest.raises(duckdb.Error, match="time zone"):
            _of_columns(duck, [name])
