"""What values are compared by, where their storage does not compare as PostgreSQL does.

An interval is compared with months of 30 days, a jsonb's numbers by value, a character(n) without
the blanks that fill it.
"""

from __future__ import annotations

from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import DIGITS_MAX, INTERVAL, TEXT, UNKNOWN, SqlType, numeric

_WITHOUT_EQUALITY = ("json", "xml", "point", "record")


def interval_key(value: Expression) -> Expression:
    """What PostgreSQL compares intervals by: all in microseconds, a month of 30 days."""
    return Apply("interval key", (value.cast(INTERVAL),), numeric(DIGITS_MAX, 0), value.nullable)


def json_key(value: Expression) -> Expression:
    """What is equal where a jsonb's values are."""
    return Apply("json key", (value,), TEXT, value.nullable)


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
    return value if kind.is_comparable else None


def order_key(value: Expression) -> Expression | None:
    """What sorts as PostgreSQL sorts the values; None where that cannot be told here."""
    kind = value.type
    if kind.name == "interval":
        return equality_key(value)
    if kind.name == "character" or kind == UNKNOWN:
        return value.cast(TEXT)
    return value if kind.is_comparable and kind.is_ordered else None


def refusal(kind: SqlType, what: str) -> tuple[str, str]:
    """The message and the fix for a type that `what` ("ORDER BY", …) cannot compare."""
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


_FIXES = {"citext": "use lower(column::text)", "numeric": "declare it with at most 38 digits"}
_POSITION = "cast to text where the text tells, or map the values to numbers by CASE"
