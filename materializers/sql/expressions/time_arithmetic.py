"""`+ - * /` of dates, times and intervals (manual, "Date/Time Operators")."""

from __future__ import annotations

from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import (
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    SqlType,
)

_MOMENTS = (DATE, TIMESTAMP, TIMESTAMPTZ)


def calculate_time(operator: str, left: Expression, right: Expression) -> Expression | None:
    """`left operator right`; None where PostgreSQL has no such operator."""
    left, right = _as_computed(left), _as_computed(right)
    if _is_amount(operator, left, right):
        left, right = _as_interval(left), _as_interval(right)
    if INTERVAL in (left.type, right.type):
        return _with_interval(operator, left, right)
    if operator == "+" and right.type == DATE and (left.type == TIME or left.type.is_integer):
        left, right = right, left
    pair = (left.type, right.type)
    if operator == "+" and pair == (DATE, TIME):
        return _result(operator, left, right, TIMESTAMP)
    if operator != "-" and not (operator == "+" and right.type.is_integer):
        return None
    if left.type == DATE and (right.type == INTEGER or right.type.name == "smallint"):
        return _result(operator, left, right, DATE)
    if pair == (DATE, DATE):
        return _result(operator, left, right, INTEGER)
    if pair == (TIME, TIME):
        return _result(operator, left, right, INTERVAL)
    if left.type in _MOMENTS and right.type in _MOMENTS:
        kind = TIMESTAMPTZ if TIMESTAMPTZ in pair else TIMESTAMP
        return _result(operator, left.cast(kind), right.cast(kind), INTERVAL)
    return None


def _is_amount(operator: str, left: Expression, right: Expression) -> bool:
    """Whether a time of day counts as the interval since midnight."""
    kinds = {left.type, right.type}
    if TIME not in kinds:
        return False
    if operator in "*/":
        return any(kind.is_number for kind in kinds)
    if operator == "+":
        return bool(kinds & {TIMESTAMP, TIMESTAMPTZ})
    return operator == "-" and right.type == TIME and left.type != TIME


def _as_interval(value: Expression) -> Expression:
    if value.type != TIME:
        return value
    return Apply("interval of time", (value,), INTERVAL, value.nullable)


def _as_computed(value: Expression) -> Expression:
    """A captured interval, which is stored as text, as an interval to compute with."""
    return value.cast(INTERVAL) if value.type.name == "interval" else value


def _result(operator: str, left: Expression, right: Expression, kind: SqlType) -> Expression:
    return Apply(operator, (left, right), kind, left.nullable or right.nullable)


def _with_interval(operator: str, left: Expression, right: Expression) -> Expression | None:
    if operator in "*/":
        return _scaled(operator, left, right)
    if left.type == INTERVAL and right.type != INTERVAL and operator == "+":
        left, right = right, left
    if operator not in "+-" or right.type != INTERVAL:
        return None
    if left.type == TIME:
        return _result(operator, left, right, TIME)
    if left.type not in (*_MOMENTS, INTERVAL):
        return None
    kind = TIMESTAMP if left.type == DATE else left.type
    return _result(operator, left.cast(kind), right, kind)


def _scaled(operator: str, left: Expression, right: Expression) -> Expression | None:
    if operator == "*" and right.type == INTERVAL:
        left, right = right, left
    if not right.type.is_number:
        return None
    return _result(operator, left, right.cast(DOUBLE), INTERVAL)
