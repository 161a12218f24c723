"""What values are compared by, where their storage does not compare as PostgreSQL does.

An interval is compared with months of 30 days, a jsonb's numbers by value, a character(n) without
the blanks that fill it, a citext in small letters (citext.c), an enum by the places of its labels.
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
    TEXT,
    UNKNOWN,
    SqlType,
    array_of,
    numeric,
)

_WITHOUT_EQUALITY = ("json", "xml", "point", "record")


def interval_key(value: Expression) -> Expression:
    """What PostgreSQL compares intervals by: all in microseconds, a month of 30 days."""
    return Apply("interval key", (value.cast(INTERVAL),), numeric(DIGITS_MAX, 0), value.nullable)


def json_key(value: Expression) -> Expression:
    """What is equal where a jsonb's values are."""
    return Apply("json key", (value,), TEXT, value.nullable)


def lower_key(value: Expression) -> Expression:
    """What is equal and sorts as citext does: the small letters of a text or of its literal."""
    return Apply("lower", (value.cast(TEXT),), TEXT, value.nullable)


def enum_place(value: Expression) -> Expression:
    """The place of a value's label in the enum's order, from 1."""
    labels = value.type.labels
    if isinstance(value, Constant):
        place = None if value.text is None else str(labels.index(value.text) + 1)
        return Constant(place, INTEGER)
    return Apply("enum place", (value,), INTEGER, value.nullable, (value.type.name, *labels))


def enum_label(place: Expression, kind: SqlType) -> Expression:
    """The enum's value at a place."""
    return Apply("enum label", (place,), kind, place.nullable, kind.labels)


def is_keyed(kind: SqlType) -> bool:
    """Whether values of the type are compared by the keys of this file for all signs, or may be
    ordered by them alone: citext, enums, wide numerics and arrays of them."""
    inner = kind.element or kind
    return inner.is_wide or (not kind.is_kept_as_text and (inner == CITEXT or bool(inner.labels)))


def numeric_key(value: Expression) -> Expression:
    """A text that sorts as a wide numeric does; that of equal ones, 1.0 and 1.00, is one."""
    return Apply("numeric key", (value,), TEXT, value.nullable)


def _key(kind: SqlType) -> Callable[[Expression], Expression]:
    return numeric_key if (kind.element or kind).is_wide else lower_key


def equality_key(value: Expression) -> Expression | None:
    """What is equal where PostgreSQL takes two values for equal, and NULL where the value is; None
    where that cannot be told here."""
    kind = value.type
    if kind.name == "interval":
        return interval_key(value)
    if kind.name == "jsonb" and kind.is_kept_as_text:
        return json_key(value)
    if kind.name == "character" and not kind.is_comparable:
        return value.cast(TEXT)
    if is_keyed(kind) and not kind.labels:
        return _of_each(value, _key(kind))
    return value if kind.is_comparable else None


def order_key(value: Expression) -> Expression | None:
    """What sorts as PostgreSQL sorts the values; None where that cannot be told here."""
    kind = value.type
    if kind.name == "interval":
        return equality_key(value)
    if is_keyed(kind):
        return _of_each(value, enum_place if kind.labels else _key(kind))
    if kind.name == "character" or kind == UNKNOWN:
        return value.cast(TEXT)
    return value if kind.is_comparable and kind.is_ordered else None


def _of_each(value: Expression, key: Callable[[Expression], Expression]) -> Expression:
    """The key of a value, or the array of those of an array's elements."""
    if value.type.element is None:
        return key(value)
    one = Parameter("element", value.type.element)
    inner = key(one)
    return Apply("each", (value, Lambda(one, inner)), array_of(inner.type), value.nullable)


def refusal(kind: SqlType, what: str) -> tuple[str, str]:
    """The message and the fix for a type that `what` ("ORDER BY", …) cannot compare."""
    if kind.collation:
        return not_comparable(kind.collation), 'write COLLATE "C" behind the column'
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
    """The same in one sentence."""
    return ": ".join(part for part in refusal(kind, what) if part)


def not_comparable(collation: str) -> str:
    """Why a text of a non-deterministic collation is refused."""
    return (
        f'the collation "{collation}" is not deterministic: which texts are equal by it, the'
        " source alone can tell"
    )


_FIXES = {"citext": "use lower(column::text)"}
_POSITION = "cast to text where the text tells, or map the values to numbers by CASE"
