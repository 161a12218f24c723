"""Types and expressions for a reader, run by DuckDB on values as the envelope holds them."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdc.contract.type_parameters import type_parameters
from cdc.contract.values import json_encoder
from materializers.engines.duckdb.duckdb_types import duckdb_expression, duckdb_type


def modifier(precision: int, scale: int) -> int:
    """A numeric's type modifier (make_numeric_typmod in numeric.c)."""
    return (precision << 16 | scale & 0x7FF) + 4


@pytest.mark.parametrize(
    ("type_name", "typmod", "expected"),
    [
        ("integer", -1, "INTEGER"),
        ("integer[]", -1, "INTEGER[]"),
        ("numeric", -1, "VARCHAR"),
        ("numeric", modifier(10, 2), "DECIMAL(10,2)"),
        ("numeric", modifier(38, 0), "DECIMAL(38,0)"),
        ("numeric", modifier(39, 0), "VARCHAR"),
        ("numeric", modifier(3, -2), "DECIMAL(5,0)"),
        ("numeric", modifier(4, 6), "DECIMAL(6,6)"),
        ("numeric", modifier(37, -2), "VARCHAR"),
        ("numeric[]", modifier(10, 2), "DECIMAL(10,2)[]"),
        ("timestamp with time zone", 3, "TIMESTAMP WITH TIME ZONE"),
        ("interval", -1, "VARCHAR"),
        ("sales.mood", -1, "VARCHAR"),
        ("sales.mood[]", -1, "VARCHAR[]"),
        ("box[]", -1, "VARCHAR"),
        ("extensions.geometry[]", -1, "VARCHAR"),
    ],
)
def test_type(type_name: str, typmod: int, expected: str) -> None:
    assert duckdb_type(type_name, type_parameters(type_name, typmod)) == expected


@pytest.mark.parametrize(
    ("type_name", "typmod", "text"),
    [
        ("numeric", modifier(10, 2), "NAN"),
        ("smallint", -1, "40000"),
        ("timestamp without time zone", -1, "+294276-12-31T23:59:59.999999Z"),
        ("date[]", -1, '["2024-01-02Z",null,"no date"]'),
        ("integer[]", -1, "{{1,2},{3,4}}"),
        ("text[]", -1, "[2:3]={a,b}"),
        ("bytea", -1, "?"),
        ("bit", 8, "?"),
        ("uuid", -1, "no uuid"),
        ("jsonb", -1, "{"),
    ],
)
def test_what_the_type_cannot_hold_reads_as_null(type_name: str, typmod: int, text: str) -> None:
    assert read(type_name, typmod, text) is None


@pytest.mark.parametrize("type_name", ["integer", "bytea", "text[]", "date[]", "bit", "point"])
def test_null_stays_null(type_name: str) -> None:
    assert read(type_name, 8, None) is None


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_an_array_keeps_its_nulls(elements: list[int | None]) -> None:
    text = "[" + ",".join("null" if number is None else str(number) for number in elements) + "]"
    assert read("bigint[]", -1, text) == elements


@given(st.integers(1, 64).flatmap(lambda n: st.text("01", min_size=n, max_size=n)))
def test_bits_come_back(bits: str) -> None:
    text = json_encoder(1560, "bit", len(bits))(bits.encode()).decode().strip('"')
    assert read("bit", len(bits), text) == bits


def test_words_of_numeric_are_postgresqls() -> None:
    words = ["NAN", "POSITIVE_INFINITY", "NEGATIVE_INFINITY", "1.10"]
    assert [read("numeric", -1, word) for word in words] == ["NaN", "Infinity", "-Infinity", "1.10"]


def read(type_name: str, typmod: int, text: str | None) -> object:
    expression = duckdb_expression(type_name, type_parameters(type_name, typmod), "text")
    row = duckdb.execute(f"SELECT {expression} FROM (SELECT ?::VARCHAR AS text)", [text]).fetchone()
    assert row is not None
    found: object = row[0]
    return found


@pytest.mark.parametrize(
    ("type_name", "typmod", "expected"),
    [
        ("numeric", modifier(10, 2), (10, 2)),
        ("numeric[]", modifier(3, -2), (3, -2)),
        ("numeric", -1, ()),
        ("character", 9, (5,)),
        ("character varying[]", 24, (20,)),
        ("bit", 8, (8,)),
        ("timestamp with time zone", 3, (3,)),
        ("interval", 65_535 << 16, ()),
    ],
)
def test_parameters(type_name: str, typmod: int, expected: tuple[int, ...]) -> None:
    assert type_parameters(type_name, typmod) == expected
