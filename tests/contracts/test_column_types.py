"""The type of a view's column in a PostgreSQL sink's table."""

import pytest

from materializers.sinks.postgresql.column import column_type


@pytest.mark.parametrize(
    ("type_name", "kept_as"),
    [
        ("bigint", "bigint"),
        ("numeric(10,2)", "numeric(10,2)"),
        ("numeric(3,-2)", "numeric(3,-2)"),
        ("timestamp(3) with time zone", "timestamp(3) with time zone"),
        ("character varying(20)", "character varying(20)"),
        ("character(3)", "character(3)"),
        ("character", "text"),
        ("bit(8)", "bit(8)"),
        ("bit[]", "bit varying[]"),
        ("money", "numeric(19,2)"),
        ("text[]", "text[]"),
        ("shop.mood", "text"),
        ("shop.mood[]", "text[]"),
        ('"Odd Type"', "text"),
        ("citext", "text"),
        ("hstore", "text"),
        ("int4range", "int4range"),
        ("interval day to second", "interval day to second"),
    ],
)
def test_the_type_of_a_column(type_name: str, kept_as: str) -> None:
    assert column_type(type_name) == kept_as
