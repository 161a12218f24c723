"""Macros that divide and multiply narrow numerics as PostgreSQL does (numeric.c,
select_div_scale)."""

from __future__ import annotations

from materializers.sql.types.sql_type import QUOTIENT_SCALE

UNKNOWN_SHOWN = -1
"""The display scale is not known: all decimals up to the last one that is not zero."""
QUOTIENT_SHOWN = -2
"""The display scale is that of PostgreSQL's quotients of this size."""

_SMALLEST = f"CAST('0.{'0' * (QUOTIENT_SCALE - 1)}1' AS DECIMAL({QUOTIENT_SCALE},{QUOTIENT_SCALE}))"


def _division(head: str, prepared: str) -> str:
    """A macro that divides. `prepared`: a list of one struct with `n`, `d` and the result's scale
    `k`; list_transform over it serves as "let". It has few nodes, because over a small delta
    binding costs more than running."""
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


DIVISION_MACROS = (
    # 10 to the power n, exact
    "CREATE OR REPLACE TEMP MACRO pg_power_of_ten(n) AS CAST('1' || repeat('0', n) AS HUGEINT)",
    # the distance in decimals between the first base-10000 digits of u / 10^s and v / 10^t; u and v
    # are digits as text, x and y the number of digits after the first one, before the point
    "CREATE OR REPLACE TEMP MACRO pg_quotient_weight(u, s, v, t) AS list_transform([{"
    "'u': u, 'v': v, 'x': CAST(length(u) - 1 - s AS INTEGER),"
    " 'y': CAST(length(v) - 1 - t AS INTEGER)}],"
    " lambda r: r.x - (r.x & 3) - r.y + (r.y & 3) - CASE WHEN"
    " CAST(rpad(r.u, (r.x & 3) + 1, '0') AS INTEGER) <="
    " CAST(rpad(r.v, (r.y & 3) + 1, '0') AS INTEGER) THEN 4 ELSE 0 END)[1]",
    # the scale of that quotient (numeric.c, select_div_scale); p, q: the display scales of u, v
    "CREATE OR REPLACE TEMP MACRO pg_divide_scale(a, s, p, b, t, q) AS greatest(0, p, q,"
    " 16 - CASE WHEN a = 0 THEN 0 ELSE"
    " pg_quotient_weight(CAST(abs(a) AS VARCHAR), s, CAST(abs(b) AS VARCHAR), t) END)",
    # the number of trailing zeros of u / 10^s after the point
    "CREATE OR REPLACE TEMP MACRO pg_end_zeros(u, s) AS CASE WHEN u = 0 THEN s ELSE least(s,"
    " length(CAST(u AS VARCHAR)) - length(rtrim(CAST(u AS VARCHAR), '0'))) END",
    # the display scale of u / 10^s with z trailing zeros, by p
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
    # the same for operands with more trailing zeros than PostgreSQL shows
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
    # u times v in units of 1e-24; the last e digits of the product must be zeros
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
