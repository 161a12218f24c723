"""`+ - * /` of dates, times and intervals (manual, "Date/Time Operators")."""

from __future__ import annotations

from materializers.plan.types.expression import Expression, Words
from materializers.plan.types.sql_type import (
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
    if INTERVAL in (left.type, right.type):
        return _with_interval(operator, left, right)
    if operator == "+" and left.type in (TIME, INTEGER) and right.type == DATE:
        left, right = right, left
    pair = (left.type, right.type)
    if operator == "+" and pair == (DATE, TIME):
        return _result(f"{left.sql} + {right.sql}", TIMESTAMP, left, right)
    if operator != "-" and not (operator == "+" and right.type.is_integer):
        return None
    if left.type == DATE and (right.type == INTEGER or right.type.name == "smallint"):
        return _result(f"{left.sql} {operator} {right.sql}", DATE, left, right)
    if pair == (DATE, DATE):
        return _result(f"pg_days_between({left.sql}, {right.sql})", INTEGER, left, right)
    if pair == (TIME, TIME):
        sql = f"to_microseconds(date_diff('microseconds', {right.sql}, {left.sql}))"
        return _result(sql, INTERVAL, left, right)
    if left.type in _MOMENTS and right.type in _MOMENTS:
        kind = TIMESTAMPTZ if TIMESTAMPTZ in pair else TIMESTAMP
        return _result(f"{left.cast(kind).sql} - {right.cast(kind).sql}", INTERVAL, left, right)
    return None


def _as_computed(value: Expression) -> Expression:
    """An interval that was captured as text, as one to compute with."""
    return value.cast(INTERVAL) if value.type.name == "interval" else value


def _result(sql: str, kind: SqlType, left: Expression, right: Expression) -> Expression:
    return Words(f"CAST({sql} AS {kind.duckdb})", kind, left.nullable or right.nullable)


def _with_interval(operator: str, left: Expression, right: Expression) -> Expression | None:
    if operator in "*/":
        return _scaled(operator, left, right)
    if left.type == INTERVAL and right.type != INTERVAL and operator == "+":
        left, right = right, left
    if operator not in "+-" or right.type != INTERVAL:
        return None
    if left.type == TIME:
        sql = f"pg_time(pg_time_micros({left.sql}) {operator} pg_micros({right.sql}))"
        return _result(sql, TIME, left, right)
    if left.type not in (*_MOMENTS, INTERVAL):
        return None
    kind = TIMESTAMP if left.type == DATE else left.type
    return _result(f"{left.cast(kind).sql} {operator} {right.sql}", kind, left, right)


def _scaled(operator: str, left: Expression, right: Expression) -> Expression | None:
    if operator == "*" and right.type == INTERVAL:
        left, right = right, left
    if not right.type.is_number:
        return None
    factor = f"CAST({right.sql} AS {DOUBLE.duckdb})"
    if operator == "/":
        factor = f"CASE WHEN {factor} = 0 THEN error('division by zero') ELSE {factor} END"
    parts = ("pg_months", "date_part('day', {0})", "pg_micros")
    months, days, micros = (
        f"(CAST({part.format(left.sql) if '{' in part else f'{part}({left.sql})'} AS DOUBLE)"
        f" {operator} ({factor}))"
        for part in parts
    )
    sql = f"pg_interval_scaled({months}, {days}, {micros})"
    return Words(sql, INTERVAL, left.nullable or right.nullable)
