"""Comparing a sink's rows with PostgreSQL's: what is a difference, and what only looks like one."""

from decimal import Decimal
from typing import Any

import pytest

from materializers.view import ViewColumn, ViewSchema
from rederive.demo.compare import compare


def differences(type_name: str, expected: Any, found: Any) -> int:
    schema = ViewSchema("v", (ViewColumn("k", "text"), ViewColumn("x", type_name)), ("k",))
    rows = ([{"k": "a", "x": expected}], [{"k": "a", "x": found}])
    return compare(*rows, schema, lambda rows: None).differences


@pytest.mark.parametrize(
    ("type_name", "expected", "found"),
    [
        ("numeric", Decimal("12.5000"), "12.5"),
        ("numeric(8,2)", Decimal("1E+2"), "100.00"),
        ("bigint", 2**60 + 1, 2**60 + 1),
        ("double precision", Decimal("5"), 5.0),
        ("double precision", Decimal("0.1"), 0.1),
        ("timestamp with time zone", "2013-01-01T05:00:00-05:00", "2013-01-01T10:00:00.000000Z"),
        ("timestamp without time zone", "2013-01-01T05:00:00", "2013-01-01T05:00:00.000000"),
        ("json", {"a": Decimal("41.5"), "b": [5, None]}, '{"b": [5.0, null], "a": 41.50}'),
        ("integer[]", [1, None], "[1, null]"),
        ("text", None, None),
    ],
)
def test_the_same_value_written_otherwise(type_name: str, expected: Any, found: Any) -> None:
    assert differences(type_name, expected, found) == 0


@pytest.mark.parametrize(
    ("type_name", "expected", "found"),
    [
        ("numeric", Decimal("0.33333333333333333333"), "0.33333333333333333334"),
        ("bigint", 2**60 + 1, 2**60),
        ("double precision", Decimal("0.1"), 0.10000000000000002),
        ("timestamp with time zone", "2013-01-01T10:00:00+00:00", "2013-01-01T10:00:00.000001Z"),
        ("json", {"a": None}, {}),
        ("json", [1, 2], [2, 1]),
        ("text", "a", "a "),
        ("text", None, ""),
        ("text", "1", 1),
        ("boolean", True, 1),
    ],
)
def test_another_value(type_name: str, expected: Any, found: Any) -> None:
    assert differences(type_name, expected, found) == 1


def test_missing_surplus_and_doubled_rows_count() -> None:
    schema = ViewSchema("v", (ViewColumn("k", "integer"),), ("k",))
    result = compare(
        [{"k": 1}, {"k": 2}], [{"k": 2}, {"k": 2}, {"k": 3}], schema, lambda rows: None
    )
    assert (result.rows, result.differences) == (3, 3)
    assert result.examples[-1] == "missing in the sink: [1]"
