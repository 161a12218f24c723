"""Arithmetic with PostgreSQL's result types, rounding and errors.

Sources: PostgreSQL manual, "Mathematical Functions and Operators"; numeric.c, select_div_scale.
"""

from __future__ import annotations

from dataclasses import replace

from materializers.plan.expressions.time_arithmetic import calculate_time
from materializers.plan.types.expression import Constant, Expression, Words
from materializers.plan.types.render import has_display_scale
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

_SHORT_SCALE = 8
"""Operands with so few decimals are divided without a look at the zeros they end in."""
UNKNOWN_SHOWN = -1
"""No fewer decimals are shown than those that are not zeros."""
QUOTIENT_SHOWN = -2
"""As many as PostgreSQL gives to a quotient of that size."""

_SMALLEST = f"CAST('0.{'0' * (QUOTIENT_SCALE - 1)}1' AS DECIMAL({QUOTIENT_SCALE},{QUOTIENT_SCALE}))"


def _division(head: str, prepared: str) -> str:
    """A macro that divides. `prepared`: a list of one struct with `n`, `d` and the scale `k` of the
    answer; list_transform over it stands for "let". Few nodes: to bind them costs more than to run
    them over a small delta."""
    return f"""CREATE OR REPLACE TEMP MACRO {head} AS
    CASE WHEN b = 0 THEN error('division by zero') WHEN a IS NULL OR b IS NULL THEN NULL ELSE
    list_transform(list_transform(list_transform({prepared},
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
       * {_SMALLEST}) END)[1] END"""


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
    # The scale of that quotient (numeric.c, select_div_scale); p and q: the scales shown of u and v
    "CREATE OR REPLACE TEMP MACRO pg_divide_scale(a, s, p, b, t, q) AS greatest(0, p, q,"
    " 16 - CASE WHEN a = 0 THEN 0 ELSE"
    " pg_quotient_weight(CAST(abs(a) AS VARCHAR), s, CAST(abs(b) AS VARCHAR), t) END)",
    # Zeros that u / 10^s ends in behind its point, which are left out of what is calculated
    "CREATE OR REPLACE TEMP MACRO pg_end_zeros(u, s) AS CASE WHEN u = 0 THEN s ELSE least(s,"
    " length(CAST(u AS VARCHAR)) - length(rtrim(CAST(u AS VARCHAR), '0'))) END",
    # How many decimals PostgreSQL shows of u / 10^s, z of them zeros at its end, where p tells
    f"""CREATE OR REPLACE TEMP MACRO pg_shown_scale(p, u, s, z) AS CASE p
    WHEN {UNKNOWN_SHOWN} THEN s - z WHEN {QUOTIENT_SHOWN} THEN
      greatest(s - z, 16 - (length(CAST(abs(u) AS VARCHAR)) - 1 - s)
        + ((length(CAST(abs(u) AS VARCHAR)) - 1 - s) & 3)) ELSE p END""",
    # a / 10^s divided by b / 10^t
    _division(
        "pg_divide(a, s, b, t)",
        """list_transform([{'a': a, 'b': b}],
    lambda r: {'n': abs(r.a) * pg_power_of_ten(t), 'd': abs(r.b) * pg_power_of_ten(s),
      'k': pg_divide_scale(r.a, s, s, r.b, t, t)})""",
    ),
    # The same of operands that have more zeros at their end than PostgreSQL shows
    _division(
        "pg_divide_trimmed(a, s, p, b, t, q)",
        """list_transform(list_transform([{'a': a, 'b': b}],
    lambda r: {'a': r.a, 'b': r.b, 'x': pg_end_zeros(r.a, s), 'y': pg_end_zeros(r.b, t)}),
    lambda r: {
      'n': abs(r.a) // pg_power_of_ten(r.x) * pg_power_of_ten(greatest((t - r.y) - (s - r.x), 0)),
      'd': abs(r.b) // pg_power_of_ten(r.y) * pg_power_of_ten(greatest((s - r.x) - (t - r.y), 0)),
      'k': pg_divide_scale(r.a, s, pg_shown_scale(p, r.a, s, r.x),
        r.b, t, pg_shown_scale(q, r.b, t, r.y))})""",
    ),
    # u times v, of which the last e digits must be zeros, in units of 1e-24
    f"""CREATE OR REPLACE TEMP MACRO pg_multiply(u, v, e) AS CASE
    WHEN u IS NULL OR v IS NULL THEN NULL ELSE
    list_transform(list_transform([{{'u': u, 'v': v}}],
    lambda r: {{'u': r.u, 'v': r.v, 'x': pg_end_zeros(r.u, e)}}),
    lambda r: CASE WHEN r.u = 0 OR r.v = 0 THEN CAST(0 AS DECIMAL(38,{QUOTIENT_SCALE}))
      WHEN r.v % pg_power_of_ten(e - r.x) <> 0 THEN
        error('a numeric product needs more than {QUOTIENT_SCALE} decimals here: round() a factor')
      ELSE CAST(r.u // pg_power_of_ten(r.x) * (r.v // pg_power_of_ten(e - r.x)) AS DECIMAL(38,0))
        * {_SMALLEST} END)[1] END""",
)


def divide_exactly(left: Expression, right: Expression) -> str:
    """SQL of a numeric quotient, rounded as PostgreSQL."""
    (a, scale), (b, other) = unscaled(left), unscaled(right)
    shown = [shown_scale(v.type) for v in (left, right)]
    if min(shown) >= 0 and max(shown) <= _SHORT_SCALE:
        quotient = f"pg_divide({a}, {scale}, {b}, {other})"
    else:
        quotient = f"pg_divide_trimmed({a}, {scale}, {shown[0]}, {b}, {other}, {shown[1]})"
    return f"CAST({quotient} AS DECIMAL(38,{QUOTIENT_SCALE}))"


def shown_scale(kind: SqlType) -> int:
    """The decimals that PostgreSQL shows of a number, on which those of a quotient depend; where
    they are known of each value alone, what `pg_shown_scale` finds them out by."""
    if kind.is_integer or has_display_scale(kind):
        return kind.scale
    return QUOTIENT_SHOWN if kind == QUOTIENT else UNKNOWN_SHOWN


def unscaled(value: Expression) -> tuple[str, int]:
    """A number as HUGEINT SQL and the power of ten it stands above its value."""
    if value.type.is_integer or value.type.scale == 0:
        return f"CAST({value.sql} AS HUGEINT)", 0
    return f"CAST(replace(CAST({value.sql} AS VARCHAR), '.', '') AS HUGEINT)", value.type.scale


QUOTIENT = numeric(DIGITS_MAX, QUOTIENT_SCALE)


def calculate(operator: str, left: Expression, right: Expression) -> Expression | None:
    """`left operator right` for + - * / %; None where PostgreSQL has no such operator. Raises
    ValueError where a product would have more decimals than are kept."""
    left, right = _settle(left, right.type), _settle(right, left.type)
    nullable = left.nullable or right.nullable
    if left.type.is_number and right.type.is_number:
        kind = common(left.type, right.type)
        assert kind is not None
        if operator == "^":
            if kind.name == "numeric":
                return None
            first, second = left.cast(DOUBLE).sql, right.cast(DOUBLE).sql
            return Words(f"pg_power({first}, {second})", DOUBLE, nullable)
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
            if one.scale + two.scale > QUOTIENT_SCALE and not _is_known(one, two):
                return _multiply_trimmed(left, right, nullable)
            kind = numeric(one.precision + two.precision, one.scale + two.scale)
        else:
            kind = numeric(kind.precision + 1, kind.scale)
        is_padded = one.is_padded or two.is_padded
        if operator == "*" and not (has_display_scale(one) and has_display_scale(two)):
            is_padded = True
        kind = replace(kind, is_padded=is_padded)
        # DuckDB keeps the product of two short decimals short, and overflows
        wide = replace(one, precision=min(max(one.precision, kind.precision), DIGITS_MAX))
        sql = f"CAST({left.cast(one).cast(wide).sql} {operator} {right.sql} AS {kind.duckdb})"
        return Words(sql, kind, nullable)
    first, second = left.cast(kind).sql, right.cast(kind).sql
    if kind.is_float:
        sum_ = f"pg_finite({first} {operator} {second}, {first}, {second})"
        sql = f"pg_times({first}, {second})" if operator == "*" else sum_
        return Words(sql, kind, nullable)
    return Words(f"({first} {operator} {second})", kind, nullable)


def _is_known(one: SqlType, two: SqlType) -> bool:
    """Whether the decimals of both are those declared; else most of them are zeros."""
    if one.scale + two.scale >= DIGITS_MAX:
        if one.scale + two.scale >= 2 * QUOTIENT_SCALE or all(map(has_display_scale, (one, two))):
            raise ValueError(
                f"a product of {one.scale + two.scale} decimals is not supported: round() a factor"
            )
        return False
    return has_display_scale(one) and has_display_scale(two)


def _multiply_trimmed(left: Expression, right: Expression, nullable: bool) -> Expression:
    """A product that is kept with fewer decimals than its factors have together."""
    (one, scale), (two, other) = unscaled(left), unscaled(right)
    kind = replace(QUOTIENT, is_padded=True)
    product = f"pg_multiply({one}, {two}, {scale + other - QUOTIENT_SCALE})"
    return Words(f"CAST({product} AS {kind.duckdb})", kind, nullable)


def _divide(
    operator: str, left: Expression, right: Expression, kind: SqlType, nullable: bool
) -> Expression | None:
    if kind.name == "numeric" and operator == "/":
        return Words(divide_exactly(left, right), QUOTIENT, nullable)
    one, two = left.cast(kind).sql, right.cast(kind).sql
    if kind.is_float:
        if operator == "%":
            return None
        return Words(f"pg_over({one}, {two})", kind, nullable)
    sign = "//" if operator == "/" and kind.is_integer else operator
    # The smallest integer divided by -1 would overflow, though nothing is left over
    rest = f" WHEN {two} = -1 THEN 0 * {one}" if sign == "%" and kind.is_integer else ""
    zero = f"CASE WHEN {two} = 0 THEN error('division by zero')"
    sql = f"{zero}{rest} ELSE {one} {sign} {two} END"
    return Words(f"CAST({sql} AS {kind.duckdb})", kind, nullable)


def negate(value: Expression) -> Expression | None:
    """`- value`."""
    if value.type.name == "interval":
        return Words(f"(-{value.cast(INTERVAL).sql})", INTERVAL, value.nullable)
    if not value.type.is_number:
        return None
    if value.type.is_integer and not value.sql.isdigit():
        # Typed, or DuckDB would take a wider one
        sql = f"(CAST(0 AS {value.type.duckdb}) - {value.sql})"
        return Words(sql, value.type, value.nullable)
    return Words(f"(-{value.sql})", value.type, value.nullable)


def integer_literal(text: str) -> Expression:
    """A literal without a point: integer, bigint or numeric, the first that holds it."""
    value = int(text)
    if value < 2**31:
        return Constant(text, INTEGER)
    if value < 2**63:
        return Constant(text, BIGINT)
    return Constant(text, numeric(DIGITS_MAX, 0))
