"""Random values stored in a real PostgreSQL, copied out as capture does, encoded: nothing lost."""

import json
import math
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdc.contract.values import SESSION_SETTINGS, json_encoder
from cdc.sources.postgres.catalogue.tables import base_types

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "text[]": st.lists(st.none() | TEXTS, max_size=4),
    "hstore": st.dictionaries(TEXTS, st.none() | TEXTS, max_size=4),
    "double precision": st.floats(),
    "real": st.floats(width=32),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False, places=9),
    "bytea": st.binary(max_size=40),
    "timestamptz": st.datetimes(timezones=st.just(UTC)),
    "interval": st.timedeltas(timedelta(-(10**6)), timedelta(10**6)),
}


@pytest.fixture
def database(postgres_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION hstore")
        for setting, value in SESSION_SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, false)", [setting, value])
        columns = ", ".join(f"v{n} {name}" for n, name in enumerate(COLUMNS))
        connection.execute(f"CREATE TABLE rows (number integer, {columns})")
        yield connection


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(*COLUMNS.values()), min_size=1, max_size=20))
def test_random_values_come_back(
    database: psycopg.Connection[Any], rows: list[tuple[Any, ...]]
) -> None:
    store(database, rows)
    encoders = [encoder(database, name) for name in COLUMNS]
    copied = copy(database)
    assert len(copied) == len(rows)
    for row, texts in zip(rows, copied, strict=True):
        for name, value, encode, text in zip(COLUMNS, row, encoders, texts, strict=True):
            found = json.loads(encode(text.encode()))
            assert equals(name, value, found), f"{name} {value!r} was written as {found!r}"


def store(database: psycopg.Connection[Any], rows: list[tuple[Any, ...]]) -> None:
    places = ", ".join("%s::" + name for name in ["integer", *COLUMNS])
    database.execute("TRUNCATE rows")
    for number, row in enumerate(rows):
        as_json = [json.dumps(v) if isinstance(v, dict) else v for v in row]
        statement = f"INSERT INTO rows VALUES ({places})".replace("%s::hstore", HSTORE_OF_JSON)
        database.execute(statement, [number, *as_json])


HSTORE_OF_JSON = (
    "(SELECT coalesce(hstore(array_agg(key), array_agg(value)), '') FROM json_each_text(%s))"
)


def encoder(database: psycopg.Connection[Any], name: str) -> Any:
    row = database.execute("SELECT %s::regtype::oid::int8", [name]).fetchone()
    assert row is not None
    base = base_types(database, [row[0]])[row[0]]
    return json_encoder(base.oid, base.name)


def copy(database: psycopg.Connection[Any]) -> list[tuple[str, ...]]:
    with database.cursor().copy("COPY (SELECT * FROM rows ORDER BY number) TO STDOUT") as source:
        return [row[1:] for row in source.rows()]


def equals(name: str, value: Any, found: Any) -> bool:
    match name:
        case "double precision" | "real":
            if math.isfinite(value):
                same_sign = math.copysign(1, value) == math.copysign(1, found)
                return isinstance(found, float) and close(name, found, value) and same_sign
            return math.isnan(value) == (found == "NaN") and isinstance(found, str)
        case "numeric":
            return bool(Decimal(found) == value)
        case "bytea":
            return bool(b64decode(found, validate=True) == value)
        case "timestamptz":
            return bool(datetime.fromisoformat(found) == value)
        case "interval":
            return bool(duration(found) == value)
        case "hstore":
            return bool(json.loads(found) == value)
    return bool(found == value)


def close(name: str, found: float, value: float) -> bool:
    """A `real` is printed with the fewest digits that mean it, which as a double are another."""
    if name == "double precision":
        return found == value
    return math.isclose(found, value, rel_tol=1e-7, abs_tol=1e-45)


def duration(text: str) -> timedelta:
    """`P0Y0M1DT2H3M4.5S`, which has no years or months here."""
    years, months, days, hours, minutes, seconds = (
        Decimal(part) for part in text.strip("PS").replace("DT", "D").translate(PARTS).split()
    )
    assert years == months == 0
    microseconds = int((hours * 3600 + minutes * 60 + seconds) * 1_000_000)
    return timedelta(days=int(days), microseconds=microseconds)


PARTS = str.maketrans("YMDH", "    ")
