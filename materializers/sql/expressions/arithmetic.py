"""Arithmetic with PostgreSQL's result types.

Sources: PostgreSQL manual, "Mathematical Functions and Operators"; numeric.c.
"""

from __future__ import annotations

from dataclasses import replace

from materializers.sql.expressions.time_arithmetic import calculate_time
from materializers.sql.types.expression import Apply, Constant, Expression
from materializers.sql.types.output import has_display_scale
from materializers.sql.types.sql_type import (
    BIGINT,
    DATE,
    DIGITS_MAX,
    DOUBLE,
    INTEGER,
    INTERVAL,
    QUOTIENT,
    QUOTIENT_SCALE,
    TIME,
    UNKNOWN,
    WIDE,
    Outgrown,
    SqlType,
    as_numeric,
    common,
    numeric,
)


def calculate(operator: str, left: Expression, right: Expression) -> Expression | None:
    """`left operator right` for + - * / % ^; None where PostgreSQL has no such operator. Raises
    Outgrown where the result may not fit a narrow numeric."""
    left, right = _settle(left, right.type, operator), _settle(right, left.type, operator)
    if not (left.type.is_number and right.type.is_number):
        return calculate_time(operator, left, right)
    kind = common(left.type, right.type)
    assert kind is not None
    if operator == "^":
        kind = WIDE if kind.name == "numeric" else DOUBLE
    if kind.is_wide or operator == "^":
        return _result(operator, left.cast(kind), right.cast(kind), kind)
    if kind.name == "numeric" and operator == "/":
        return quotient(left, right)
    if kind.name == "numeric" and operator != "%":
        return _result(operator, left, right, _sum_or_product(operator, left, right, kind))
    if kind.is_float and operator == "%":
        return None
    return _result(operator, left.cast(kind), right.cast(kind), kind)


def quotient(left: Expression, right: Expression) -> Expression:
    """A quotient of two numbers as a numeric."""
    return _result("/", left, right, QUOTIENT)


def _result(operator: str, left: Expression, right: Expression, kind: SqlType) -> Expression:
    return Apply(operator, (left, right), kind, left.nullable or right.nullable)


def _settle(value: Expression, other: SqlType, operator: str) -> Expression:
    """Give a bare literal the other operand's type. Next to a time it is an interval; next to a
    date it is ambiguous and stays unknown."""
    if value.type != UNKNOWN or other == UNKNOWN:
        return value
    if operator == "+" and other == DATE:
        return value
    if operator in "*/" and (other.name == "interval" or other == TIME):
        return value.cast(DOUBLE)
    is_time = other.is_timestamp or other == TIME
    return value.cast(INTERVAL if is_time and operator == "+" else other)


def _sum_or_product(operator: str, left: Expression, right: Expression, kind: SqlType) -> SqlType:
    one, two = as_numeric(left.type), as_numeric(right.type)
    is_padded = one.is_padded or two.is_padded
    if operator != "*":
        return replace(numeric(kind.precision + 1, kind.scale), is_padded=is_padded)
    if one.scale + two.scale > QUOTIENT_SCALE and not _is_known(one, two):
        return replace(QUOTIENT, is_padded=True)
    if not (has_display_scale(one) and has_display_scale(two)):
        is_padded = True
    kind = numeric(one.precision + two.precision, one.scale + two.scale)
    return replace(kind, is_padded=is_padded)


def _is_known(one: SqlType, two: SqlType) -> bool:
    """Whether both scales are declared ones; an undeclared scale is mostly padding."""
    if one.scale + two.scale >= DIGITS_MAX:
        if one.scale + two.scale >= 2 * QUOTIENT_SCALE or all(map(has_display_scale, (one, two))):
            raise Outgrown
        return False
    return has_display_scale(one) and has_display_scale(two)


def negate(value: Expression) -> Expression | None:
    """`- value`."""
    if value.type.name == "interval":
        value = value.cast(INTERVAL)
    elif not value.type.is_number:
        return None
    return Apply("-", (value,), value.type, value.nullable)


def integer_literal(text: str) -> Expression:
    """A literal without a point: the first of integer, bigint and numeric that it fits."""
    value = int(text)
    if value < 2**31:
        return Constant(text, INTEGER)
    if value < 2**63:
        return Constant(text, BIGINT)
    return Constant(str(value), numeric(DIGITS_MAX, 0) if value < 10**DIGITS_MAX else WIDE)


def constant_integer(value: Expression) -> int | None:
    """The value of an integer literal, with or without a sign; else None."""
    match value:
        case Constant(text=str(text), type=kind) if kind == INTEGER and text.isdigit():
            return int(text)
        case Apply(name="-", arguments=(Constant() as inner,)):
            number = constant_integer(inner)
            return -number if number is not None else None
    return None
