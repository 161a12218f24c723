"""Comparison keys, for types whose storage does not compare as PostgreSQL does.

PostgreSQL compares intervals with months of 30 days, jsonb numbers by value, character(n) without
trailing blanks, citext in lower case (citext.c), enums by the position of their labels.
"""

from __future__ import annotations

from collections.abc import Callable

from materializers.sql.types.expression import (
    Apply,
    Constant,
    Expression,
    Lambda,
    Parameter,
)
from materializers.sql.types.sql_type import (
    CITEXT,
    DIGITS_MAX,
    INTEGER,
    INTERVAL,
    INTERVAL_TEXT,
    TEXT,
    UNKNOWN,
    SqlType,
    array_of,
    numeric,
)

_WITHOUT_EQUALITY = ("json", "xml", "point", "record")


def interval_key(value: Expression) -> Expression:
    """An interval in microseconds, with months of 30 days."""
    return Apply("interval key", (value.cast(INTERVAL),), numeric(DIGITS_MAX, 0), value.nullable)


def json_key(value: Expression) -> Expression:
    """A text that is equal for equal jsonb values."""
    return Apply("json key", (value,), TEXT, value.nullable)


def lower_key(value: Expression) -> Expression:
    """The text in lower case, which compares as a citext does."""
    return Apply("lower", (value.cast(TEXT),), TEXT, value.nullable)


def enum_place(value: Expression) -> Expression:
    """The position of a label in its enum, from 1."""
    labels = value.type.labels
    if isinstance(value, Constant):
        place = None if value.text is None else str(labels.index(value.text) + 1)
        return Constant(place, INTEGER)
    return Apply("enum place", (value,), INTEGER, value.nullable, (value.type.name, *labels))


def enum_label(place: Expression, kind: SqlType) -> Expression:
    """The label at a position of the enum."""
    return Apply("enum label", (place,), kind, place.nullable, kind.labels)


def is_keyed(kind: SqlType) -> bool:
    """Whether the type is compared by keys only: citext, enums, wide numerics, and arrays of them
    or of intervals."""
    inner = kind.element or kind
    if inner.is_wide or (inner == INTERVAL_TEXT and kind != inner):
        return True
    return not kind.is_stored_as_text and (inner == CITEXT or bool(inner.labels))


def numeric_key(value: Expression) -> Expression:
    """A text that sorts as a wide numeric does; equal numbers (1.0 and 1.00) have one text."""
    return Apply("numeric key", (value,), TEXT, value.nullable)


def _key(kind: SqlType) -> Callable[[Expression], Expression]:
    inner = kind.element or kind
    if inner == INTERVAL_TEXT:
        return interval_key
    return numeric_key if inner.is_wide else lower_key


def equality_key(value: Expression) -> Expression | None:
    """A key that is equal where PostgreSQL's `=` is true, and NULL for NULL; None for a type
    without equality here."""
    kind = value.type
    if kind.name == "interval":
        return interval_key(value)
    if kind.name == "jsonb" and kind.is_stored_as_text:
        return json_key(value)
    if kind.name == "character" and not kind.is_comparable:
        return value.cast(TEXT)
    if is_keyed(kind) and not kind.labels:
        return _of_each(value, _key(kind))
    return value if kind.is_comparable else None


def order_key(value: Expression) -> Expression | None:
    """A key that sorts as PostgreSQL sorts the values; None for a type without order here."""
    kind = value.type
    if kind.name == "interval":
        return equality_key(value)
    if is_keyed(kind):
        return _of_each(value, enum_place if kind.labels else _key(kind))
    if kind.name == "character" or kind == UNKNOWN:
        return value.cast(TEXT)
    return value if kind.is_comparable and kind.is_ordered else None


def _of_each(value: Expression, key: Callable[[Expression], Expression]) -> Expression:
    """The value's key; for an array, the array of its elements' keys."""
    if value.type.element is None:
        return key(value)
    one = Parameter("element", value.type.element)
    inner = key(one)
    return Apply("each", (value, Lambda(one, inner)), array_of(inner.type), value.nullable)


def refusal(kind: SqlType, what: str) -> tuple[str, str]:
    """The message and the fix for a type that `what` ("ORDER BY", …) cannot compare."""
    if kind.collation:
        return not_comparable(kind.collation), 'write COLLATE "C" after the column'
    if kind.name in _WITHOUT_EQUALITY:
        message = f"{kind.name} has no equality, so {what} cannot compare it"
        return message, "use jsonb" if kind.name == "json" else ""
    message = f"{what} of {kind.name} is not supported"
    if kind.name == "jsonb":
        return message, "compare a value taken out of it by ->>"
    if kind.element is not None or kind.is_json:
        return message, ""
    return message, _FIXES.get(kind.name, _POSITION)


def refused(kind: SqlType, what: str) -> str:
    """The message and the fix in one sentence."""
    return ": ".join(part for part in refusal(kind, what) if part)


def not_comparable(collation: str) -> str:
    """Why a text of a non-deterministic collation is refused."""
    return (
        f'the collation "{collation}" is not deterministic: only the source knows which texts are'
        " equal by it"
    )


_FIXES = {"citext": "use lower(column::text)"}
_POSITION = "cast to text where the text tells, or map the values to numbers by CASE"
