"""Renders operators of numbers and times."""

from __future__ import annotations

from dataclasses import replace

from materializers.engines.duckdb.macros.division import QUOTIENT_SHOWN, UNKNOWN_SHOWN
from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.render.time_arithmetic import time_arithmetic
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.output import has_display_scale
from materializers.sql.types.sql_type import (
    DIGITS_MAX,
    QUOTIENT,
    QUOTIENT_SCALE,
    SqlType,
    as_numeric,
)

_SHORT_SCALE = 8
"""Operands with at most so many decimals are divided without removing trailing zeros."""


def unscaled(value: Expression) -> tuple[str, int]:
    """SQL of a number as a HUGEINT, and the power of ten by which it is multiplied."""
    if value.type.is_integer or value.type.scale == 0:
        return f"CAST({words_of(value)} AS HUGEINT)", 0
    return (
        f"CAST(replace(CAST({words_of(value)} AS VARCHAR), '.', '') AS HUGEINT)",
        value.type.scale,
    )


def _calculated(node: Apply) -> str:
    if not all(each.type.is_number for each in node.arguments):
        return time_arithmetic(node)
    if node.name in "/%":
        return _divided(node)
    if node.type.name == "numeric":
        return _of_numerics(node)
    first, second = (words_of(each) for each in node.arguments)
    if not node.type.is_float:
        return f"({first} {node.name} {second})"
    if node.name == "*":
        return f"pg_times({first}, {second})"
    return f"pg_finite({first} {node.name} {second}, {first}, {second})"


def _of_numerics(node: Apply) -> str:
    left, right = node.arguments
    one, two, kind = as_numeric(left.type), as_numeric(right.type), node.type
    if node.name == "*" and kind.scale < one.scale + two.scale:
        return _product_trimmed(left, right, kind)
    # DuckDB gives the product of two short decimals a short type, which overflows
    wide = replace(one, precision=min(max(one.precision, kind.precision), DIGITS_MAX))
    first = words_of(left.cast(one).cast(wide))
    return f"CAST({first} {node.name} {words_of(right)} AS {stored_type(kind)})"


def _product_trimmed(left: Expression, right: Expression, kind: SqlType) -> str:
    """A product with fewer decimals than its factors have together."""
    (one, scale), (two, other) = unscaled(left), unscaled(right)
    product = f"pg_multiply({one}, {two}, {scale + other - QUOTIENT_SCALE})"
    return f"CAST({product} AS {stored_type(kind)})"


def _divided(node: Apply) -> str:
    left, right = node.arguments
    if node.type.name == "numeric" and node.name == "/":
        return _divided_exactly(left, right)
    one, two = words_of(left), words_of(right)
    if node.type.is_float:
        return f"pg_over({one}, {two})"
    is_integer = node.type.is_integer
    sign = "//" if node.name == "/" and is_integer else node.name
    # the smallest integer % -1 is 0 but would overflow
    rest = f" WHEN {two} = -1 THEN 0 * {one}" if sign == "%" and is_integer else ""
    zero = f"CASE WHEN {two} = 0 THEN error('division by zero')"
    return f"CAST({zero}{rest} ELSE {one} {sign} {two} END AS {stored_type(node.type)})"


def _divided_exactly(left: Expression, right: Expression) -> str:
    """A numeric quotient, rounded as PostgreSQL."""
    (a, scale), (b, other) = unscaled(left), unscaled(right)
    shown = [_shown_scale(each.type) for each in (left, right)]
    if min(shown) >= 0 and max(shown) <= _SHORT_SCALE:
        quotient = f"pg_divide({a}, {scale}, {b}, {other})"
    else:
        quotient = f"pg_divide_trimmed({a}, {scale}, {shown[0]}, {b}, {other}, {shown[1]})"
    return f"CAST({quotient} AS {stored_type(QUOTIENT)})"


def _shown_scale(kind: SqlType) -> int:
    """A number's display scale, on which a quotient's depends; where it differs from value to
    value, the code by which `pg_shown_scale` finds it."""
    if kind.is_integer or has_display_scale(kind):
        return kind.scale
    return QUOTIENT_SHOWN if kind == QUOTIENT else UNKNOWN_SHOWN


def _minus(node: Apply) -> str:
    return _calculated(node) if len(node.arguments) == 2 else _negative(node.arguments[0])


def _negative(value: Expression) -> str:
    if value.type.is_integer and not words_of(value).isdigit():
        # cast, because DuckDB would choose a wider type
        return f"(CAST(0 AS {stored_type(value.type)}) - {words_of(value)})"
    return f"(-{words_of(value)})"


ARITHMETIC: Renderings = {
    **dict.fromkeys("+*/%", _calculated),
    "-": _minus,
    "^": "pg_power({0}, {1})",
}
