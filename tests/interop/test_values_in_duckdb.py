"""Values of a real PostgreSQL through encoder and envelope into DuckDB, and back: nothing lost.

The way back is PostgreSQL's own: what DuckDB holds is printed, given to PostgreSQL as a literal of
the column's type, and must be the value that was inserted.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from psycopg import sql

from cdc.contract.schemas import Column
from cdc.contract.values import SESSION_SETTINGS, json_encoder
from cdc.sources.postgres.catalogue.tables import base_types, column_of
from materializers.engines.duckdb.duckdb_types import duckdb_expression, duckdb_type

TYPES = tomllib.loads((Path(__file__).parent / "debezium" / "types.toml").read_text())
# What DuckDB's type cannot hold: it must read as NULL where the text is not, never as a value.
UNREADABLE = {
    ("numeric(10,2)", "NaN"),
    ("timestamp", "294276-12-31 23:59:59.999999"),
    ("integer[]", "{{1,2},{3,4}}"),
    ("integer[]", "[0:1]={1,2}"),
    ("text[]", "{{a,b},{c,NULL}}"),
    ("text[]", "[2:3]={a,b}"),
}
# PostgreSQL has no input for these: the JSON of an hstore is compared with hstore_to_json.
AS_JSON = ("hstore", "hstore[]")


@pytest.fixture
def database(postgres_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        for setting, value in SESSION_SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, false)", [setting, value])
        for statement in TYPES["schema"]:
            connection.execute(statement)
        yield connection


def test_every_type_comes_back(database: psycopg.Connection[Any]) -> None:
    with duckdb.connect() as state:
        state.execute("SET TimeZone = 'UTC'")
        for number, (declared, literals) in enumerate(TYPES["cases"].items()):
            column = make_table(database, f"t{number}", declared, literals)
            for identity, text in texts(database, f"t{number}"):
                literal = literals[identity]
                read = read_back(state, column, text)
                assert (read is None) == ((declared, literal) in UNREADABLE), (declared, text)
                if read is not None:
                    problem = f"{declared} {text!r} came back as {read!r}"
                    assert equals(database, f"t{number}", identity, declared, read), problem


def make_table(
    database: psycopg.Connection[Any], table: str, declared: str, literals: list[str]
) -> Column:
    database.execute(f"CREATE TABLE {table} (id integer, value {declared})")
    for identity, literal in enumerate(literals):
        database.execute(f"INSERT INTO {table} VALUES ({identity}, {sql.quote(literal)})")
    row = database.execute(
        "SELECT atttypid::int8, atttypmod FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attname = 'value'",
        [table],
    ).fetchone()
    assert row is not None
    return column_of("value", base_types(database, [row[0]])[row[0]], row[1], is_nullable=True)


def texts(database: psycopg.Connection[Any], table: str) -> list[tuple[int, str]]:
    with database.cursor().copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as copy:
        return [(int(row[0]), row[1]) for row in copy.rows()]


def read_back(state: duckdb.DuckDBPyConnection, column: Column, text: str) -> str | None:
    """What DuckDB holds, printed as a literal that PostgreSQL reads."""
    encode = json_encoder(column.type_oid, column.type_name, column.typmod)
    envelope = b'{"value":%b}' % encode(text.encode())
    expression = duckdb_expression(column.type_name, column.parameters, "text")
    target = duckdb_type(column.type_name, column.parameters)
    read = state.execute(
        f"SELECT CAST({expression} AS {target}) AS held, typeof({expression}),"
        f" {literal_of(target, 'held')} FROM (SELECT json_extract_string(?::JSON, '$.value') AS"
        " text)",
        [envelope.decode()],
    ).fetchall()[0]
    assert read[1] == target
    return None if read[2] is None else str(read[2])


def literal_of(target: str, value: str) -> str:
    """SQL that prints a DuckDB value the way PostgreSQL reads it."""
    if target.endswith("[]"):
        element = literal_of(target[:-2], "element")
        quoted = f"'\"' || replace(replace({element}, '\\', '\\\\'), '\"', '\\\"') || '\"'"
        texts = f"list_transform({value}, lambda element: coalesce({quoted}, 'NULL'))"
        return (
            f"CASE WHEN {value} IS NOT NULL THEN '{{' || array_to_string({texts}, ',') || '}}' END"
        )
    if target == "BLOB":
        return f"'\\x' || hex({value})"
    printed = f"CAST({value} AS VARCHAR)"
    if target == "DATE" or target.startswith("TIMESTAMP"):
        # `0044-03-15 (BC) 12:00:00` -> `0044-03-15 12:00:00 BC`
        return f"regexp_replace({printed}, '^(.*) \\(BC\\)(.*)$', '\\1\\2 BC')"
    return printed


def equals(
    database: psycopg.Connection[Any], table: str, identity: int, declared: str, read: str
) -> bool:
    """Whether PostgreSQL, given what came back, would print what it printed of the row's value."""
    literal = sql.quote(read)
    given = f"CAST({literal} AS {declared})::text"
    stored = "value::text"
    if declared in AS_JSON:
        given = literal if declared == "hstore" else f"({literal}::text[])[1]"
        given, stored = f"({given})::jsonb", "hstore_to_jsonb(value)"
        if declared == "hstore[]":
            stored = "hstore_to_jsonb(value[1])"
    row = database.execute(
        f"SELECT {given} = {stored} FROM {table} WHERE id = {identity}"
    ).fetchone()
    return row is not None and bool(row[0])
