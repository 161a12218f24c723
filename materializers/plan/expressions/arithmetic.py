"""Arithmetic with PostgreSQL's result types, rounding and errors.

Sources: PostgreSQL manual, "Mathematical Functions and Operators"; numeric.c, select_div_scale.
"""

from __future__ import annotations

from dataclasses import replace

from materializers.plan.expressions.time_arithmetic import calculate_time
from materializers.plan.types.expression import Expression
from materializers.plan.types.sql_type import (
    BIGINT,
    DIGITS_MAX,
    DOUBLE,
    INTEGER,
    INTERVAL,
    TIME,
    SqlType,
    as_numeric,
    common,
    numeric,
)

QUOTIENT_SCALE = 24
"""Decimals kept of a numeric quotient: exact for quotients from 1e-7 to 1e14, else an error."""

_SMALLEST = f"CAST('0.{'0' * (QUOTIENT_SCALE - 1)}1' AS DECIMAL({QUOTIENT_SCALE},{QUOTIENT_SCALE}))"

MACROS = (
    # 10 to the power n, exact
    "CREATE OR REPLACE TEMP MACRO pg_power_of_ten(n) AS CAST('1' || repeat('0', n) AS HUGEINT)",
    # How far the first base-10000 digits of u / 10^s and v / 10^t lie apart, in decimals: u and v
    # are digits as text, x and y what comes after the first of them, before the decimal point
    "CREATE OR REPLACE TEMP MACRO pg_quotient_weight(u, s, v, t) AS list_transform([{"
    "'u': u, 'v': v, 'x': CAST(length(u) - 1 - s AS INTEGER),"
    " 'y': CAST(length(v) - 1 - t AS INTEGER)}],"
    " lambda r: r.x - (r.x & 3) - r.y + (r.y & 3) - CASE WHEN"
    " CAST(rpad(r.u, (r.x & 3) + 1, '0') AS INTEGER) <="
    " CAST(rpad(r.v, (r.y & 3) + 1, '0') AS INTEGER) THEN 4 ELSE 0 END)[1]",
    # The scale of that quotient (numeric.c, select_div_scale)
    "CREATE OR REPLACE TEMP MACRO pg_divide_scale(a, s, b, t) AS greatest(0, s, t, 16 - CASE WHEN"
    " a = 0 THEN 0 ELSE"
    " pg_quotient_weight(CAST(abs(a) AS VARCHAR), s, CAST(abs(b) AS VARCHAR), t) END)",
    # a / 10^s divided by b / 10^t; list_transform over one struct stands for "let". Few nodes: to
    # bind them costs more than to run them over a small delta.
    f"""CREATE OR REPLACE TEMP MACRO pg_divide(a, s, b, t) AS
    CASE WHEN b = 0 THEN error('division by zero') WHEN a IS NULL OR b IS NULL THEN NULL ELSE
    list_transform(list_transform(list_transform(list_transform([{{'a': a, 'b': b}}],
    lambda r: {{'n': abs(r.a) * pg_power_of_ten(t), 'd': abs(r.b) * pg_power_of_ten(s),
      'k': pg_divide_scale(r.a, s, r.b, t)}}),
    lambda r: {{'i': r.n // r.d, 'r': r.n % r.d, 'd': r.d, 'k': least(r.k, {QUOTIENT_SCALE}),
      'is_cut': r.k > {QUOTIENT_SCALE}}}),
    lambda r: {{'i': r.i, 'd': r.d, 'k': r.k, 'is_cut': r.is_cut,
      'f': (r.r * pg_power_of_ten(r.k // 2)) // r.d,
      'r': ((r.r * pg_power_of_ten(r.k // 2)) % r.d) * pg_power_of_ten(r.k - r.k // 2)}}),
    lambda r: CASE WHEN r.is_cut AND r.r % r.d <> 0 THEN
        error('a numeric quotient below 1e-7 needs more than {QUOTIENT_SCALE} decimals') ELSE
      CASE WHEN (a < 0) <> (b < 0) THEN -1 ELSE 1 END *
      (CAST(r.i AS DECIMAL(38,{QUOTIENT_SCALE})) + CAST((r.f * pg_power_of_ten(r.k - r.k // 2)
       + r.r // r.d + CASE WHEN 2 * (r.r % r.d) >= r.d THEN 1 ELSE 0 END)
       * pg_power_of_ten({QUOTIENT_SCALE} - r.k) AS DECIMAL(38,0))
       * {_SMALLEST}) END)[1] END""",
)


def divide_exactly(a: str, scale: int, b: str, divisor_scale: int) -> str:
    """SQL of a numeric quotient of two unscaled HUGEINT expressions, rounded as PostgreSQL."""
    quotient = f"pg_divide({a}, {scale}, {b}, {divisor_scale})"
    return f"CAST({quotient} AS DECIMAL(38,{QUOTIENT_SCALE}))"


def unscaled(value: Expression) -> tuple[str, int]:
    """A number as HUGEINT SQL and the power of ten it stands above its value."""
    if value.type.is_integer or value.type.scale == 0:
        return f"CAST({value.sql} AS HUGEINT)", 0
    return f"CAST(replace(CAST({value.sql} AS VARCHAR), '.', '') AS HUGEINT)", value.type.scale


QUOTIENT = numeric(DIGITS_MAX, QUOTIENT_SCALE)


def calculate(operator: str, left: Expression, right: Expression) -> Expression | None:
    """`left operator right` for + - * / %; None where PostgreSQL has no such operator."""
    left, right = _settle(left, right.type), _settle(right, left.type)
    nullable = left.nullable or right.nullable
    if left.type.is_number and right.type.is_number:
        kind = common(left.type, right.type)
        assert kind is not None
        if operator == "^":
            if kind.name == "numeric":
                return None
            first, second = left.cast(DOUBLE).sql, right.cast(DOUBLE).sql
            return Expression(f"pg_power({first}, {second})", DOUBLE, nullable)
        if operator in "/%":
            return _divide(operator, left, right, kind, nullable)
        return _add_or_multiply(operator, left, right, kind, nullable)
    return calculate_time(operator, left, right)


def _settle(value: Expression, other: SqlType) -> Expression:
    """A bare literal takes the type of what it is calculated with."""
    if value.literal is None:
        return value
    is_time = other.is_timestamp or other.name in ("date", "interval", TIME.name)
    return value.cast(INTERVAL if is_time else other)


def _add_or_multiply(
    operator: str, left: Expression, right: Expression, kind: SqlType, nullable: bool
) -> Expression:
    if kind.name == "numeric":
        one, two = as_numeric(left.type), as_numeric(right.type)
        if operator == "*":
            kind = numeric(one.precision + two.precision, one.scale + two.scale)
        else:
            kind = numeric(kind.precision + 1, kind.scale)
        kind = replace(kind, is_padded=one.is_padded or two.is_padded)
        # DuckDB keeps the product of two short decimals short, and overflows
        wide = replace(one, precision=min(max(one.precision, kind.precision), DIGITS_MAX))
        sql = f"CAST({left.cast(one).cast(wide).sql} {operator} {right.sql} AS {kind.duckdb})"
        return Expression(sql, kind, nullable)
    first, second = left.cast(kind).sql, right.cast(kind).sql
    if kind.is_float:
        sum_ = f"pg_finite({first} {operator} {second}, {first}, {second})"
        sql = f"pg_times({first}, {second})" if operator == "*" else sum_
        return Expression(sql, kind, nullable)
    return Expression(f"({first} {operator} {second})", kind, nullable)


def _divide(
    operator: str, left: Expression, right: Expression, kind: SqlType, nullable: bool
) -> Expression | None:
    if kind.name == "numeric" and operator == "/":
        return Expression(divide_exactly(*unscaled(left), *unscaled(right)), QUOTIENT, nullable)
    one, two = left.cast(kind).sql, right.cast(kind).sql
    if kind.is_float:
        if operator == "%":
            return None
        return Expression(f"pg_over({one}, {two})", kind, nullable)
    sign = "//" if operator == "/" and kind.is_integer else operator
    # The smallest integer divided by -1 would overflow, though nothing is left over
    rest = f" WHEN {two} = -1 THEN 0 * {one}" if sign == "%" and kind.is_integer else ""
    zero = f"CASE WHEN {two} = 0 THEN error('division by zero')"
    sql = f"{zero}{rest} ELSE {one} {sign} {two} END"
    return Expression(f"CAST({sql} AS {kind.duckdb})", kind, nullable)


def negate(value: Expression) -> Expression | None:
    """`- value`."""
    if value.type.name == "interval":
        return Expression(f"(-{value.cast(INTERVAL).sql})", INTERVAL, value.nullable)
    if not value.type.is_number:
        return None
    if value.type.is_integer and not value.sql.isdigit():
        # Typed, or DuckDB would take a wider one
        sql = f"(CAST(0 AS {value.type.duckdb}) - {value.sql})"
        return Expression(sql, value.type, value.nullable)
    return Expression(f"(-{value.sql})", value.type, value.nullable)


def integer_literal(text: str) -> Expression:
    """A literal without a point: integer, bigint or numeric, the first that holds it."""
    value = int(text)
    if value < 2**31:
        return Expression(text, INTEGER, False)
    if value < 2**63:
        return Expression(f"CAST({text} AS BIGINT)", BIGINT, False)
    return Expression(f"CAST({text} AS DECIMAL(38,0))", numeric(DIGITS_MAX, 0), False)
