"""Checks that a constant's text is a value of its type, as PostgreSQL does while planning.

The values of an enum are its labels (`SqlType.labels`; manual, "Enumerated Types"). A date or time
is only told apart from other words and numbers: it is parsed when it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from materializers.sql.types.array_text import parse_array
from materializers.sql.types.boolean_text import parse_boolean
from materializers.sql.types.interval_text import parse_interval
from materializers.sql.types.json_text import load
from materializers.sql.types.sql_type import SqlType

_INTEGER = re.compile(r"\s*[-+]?\d+\s*")
_DECIMAL = re.compile(
    r"\s*([-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|nan|[-+]?inf(inity)?)\s*", re.IGNORECASE
)
_UUID = re.compile(r"(\{)?([0-9a-f]{4}-?){7}[0-9a-f]{4}(?(1)\})", re.IGNORECASE)
_BITS = {"smallint": 16, "integer": 32, "bigint": 64}
_WORDS = re.compile(
    r"\s*(-?infinity|now|today|tomorrow|yesterday|epoch|allballs)\b.*", re.IGNORECASE | re.DOTALL
)
_NUMBER = re.compile(r"\s*\d{0,3}\s*")


class InvalidInput(ValueError):
    """A constant that is no value of its type; the message is PostgreSQL's."""


def check_constant(text: str, kind: SqlType) -> None:
    """Raise InvalidInput unless the text is a value of the type."""
    if kind.name.endswith("[]"):
        _check_array(text, kind)
    elif kind.labels and text not in kind.labels:
        raise InvalidInput(f'invalid input value for enum {kind.name}: "{text}"')
    elif (test := _TESTS.get(kind.name)) is not None and not test(text):
        raise InvalidInput(f'invalid input syntax for type {kind.name}: "{text}"')


def _check_array(text: str, kind: SqlType) -> None:
    members, element = parse_array(text), kind.element
    if members is None and (kind.labels or not text.lstrip().startswith(("{", "["))):
        raise InvalidInput(f'malformed array literal: "{text}"')
    for member in members or ():  # None: several dimensions, or bounds
        if member is not None and element is not None:
            check_constant(member, element)


def _is_integer(bits: int) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        match = _INTEGER.fullmatch(text)
        return match is not None and -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1)

    return test


def _is_json(text: str) -> bool:
    try:
        load(text)
    except ValueError:
        return False
    return True


def _is_moment(text: str) -> bool:
    return bool(_WORDS.fullmatch(text)) or (
        any(map(str.isdigit, text)) and not _NUMBER.fullmatch(text)
    )


def _is_decimal(text: str) -> bool:
    return _DECIMAL.fullmatch(text) is not None


_TESTS: dict[str, Callable[[str], bool]] = {
    **{name: _is_integer(bits) for name, bits in _BITS.items()},
    **dict.fromkeys(("numeric", "real", "double precision"), _is_decimal),
    "boolean": lambda text: parse_boolean(text) is not None,
    "uuid": lambda text: _UUID.fullmatch(text) is not None,
    "money": lambda text: any(map(str.isdigit, text)),
    "oid": lambda text: _INTEGER.fullmatch(text) is not None,
    **dict.fromkeys(("json", "jsonb"), _is_json),
    "interval": lambda text: parse_interval(text) is not None,
    **dict.fromkeys(
        (
            "date",
            "time without time zone",
            "timestamp without time zone",
            "timestamp with time zone",
        ),
        _is_moment,
    ),
}
