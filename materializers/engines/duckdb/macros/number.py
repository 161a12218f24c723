"""Macros for numbers: floats with PostgreSQL's overflow errors, their texts, roots of
numerics, width_bucket."""

from __future__ import annotations

NUMBER_MACROS = (
    # PostgreSQL raises an error where finite numbers give an infinity, or a zero by underflow
    "CREATE OR REPLACE TEMP MACRO pg_finite(z, x, y) AS CASE WHEN isinf(z) AND isfinite(x)"
    " AND isfinite(y) THEN error('value out of range: overflow') ELSE z END",
    "CREATE OR REPLACE TEMP MACRO pg_times(x, y) AS CASE WHEN x * y = 0 AND x <> 0 AND y <> 0"
    " THEN error('value out of range: underflow') ELSE pg_finite(x * y, x, y) END",
    "CREATE OR REPLACE TEMP MACRO pg_over(x, y) AS CASE WHEN y = 0"
    " THEN CASE WHEN x IS NOT NULL THEN error('division by zero') END"
    " WHEN x / y = 0 AND x <> 0 AND isfinite(y)"
    " THEN error('value out of range: underflow') ELSE pg_finite(x / y, x, y) END",
    "CREATE OR REPLACE TEMP MACRO pg_power(x, y) AS CASE"
    " WHEN x = 0 AND y < 0 THEN error('zero raised to a negative power is undefined')"
    " WHEN x < 0 AND isfinite(y) AND y <> floor(y) THEN"
    " error('a negative number raised to a non-integer power yields a complex result')"
    " WHEN x <> 0 AND isfinite(x) AND isfinite(y) AND pow(x, y) = 0"
    " THEN error('value out of range: underflow')"
    " ELSE pg_finite(pow(x, y), x, y) END",
    # The square root of u / 10^s with PostgreSQL's k decimals (numeric.c, numeric_sqrt), in units
    # of 1e-24: a double's root, one Newton step, rounded. e: four times the number of base-10000
    # digits before the point, minus one
    """CREATE OR REPLACE TEMP MACRO pg_square_root(u, s) AS CASE WHEN u IS NULL THEN NULL
    WHEN u < 0 THEN error('cannot take square root of a negative number')
    WHEN u = 0 THEN CAST(0 AS DECIMAL(38,24)) ELSE
    list_transform(list_transform(list_transform(list_transform(list_transform([{'u': u,
      'e': (length(CAST(u AS VARCHAR)) - 1 - s) - ((length(CAST(u AS VARCHAR)) - 1 - s) & 3)}],
    lambda r: {'u': r.u, 'k': greatest(s, 16 -
      CASE WHEN r.e >= 0 THEN r.e // 2 + 1 ELSE 1 - (1 - r.e) // 2 END)}),
    lambda r: {'n': r.u * pg_power_of_ten(2 * r.k - s), 'k': r.k}),
    lambda r: {'n': r.n, 'k': r.k, 'y': CAST(sqrt(CAST(r.n AS DOUBLE)) AS HUGEINT)}),
    lambda r: {'n': r.n, 'k': r.k, 'y': (r.y + r.n // r.y) // 2}),
    lambda r: CAST((r.y + CASE WHEN r.y * r.y + r.y < r.n THEN 1
      WHEN r.y * r.y - r.y >= r.n THEN -1 ELSE 0 END) * pg_power_of_ten(24 - r.k)
      AS DECIMAL(38,0)) * CAST('0.000000000000000000000001' AS DECIMAL(24,24)))[1] END""",
    # a float4's shortest digits, with an exponent from 1e6 on
    r"""CREATE OR REPLACE TEMP MACRO pg_digits(t) AS
    regexp_replace(regexp_replace(t, '[-.]', '', 'g'), '0+$', '')""",
    """CREATE OR REPLACE TEMP MACRO pg_real_text(v, t) AS CASE
    WHEN isnan(v) THEN 'NaN' WHEN NOT isfinite(v) THEN CASE WHEN v > 0 THEN 'Infinity'
      ELSE '-Infinity' END
    WHEN abs(v) >= 1e6 AND NOT contains(t, 'e') THEN CASE WHEN v < 0 THEN '-' ELSE '' END
      || left(pg_digits(t), 1)
      || CASE WHEN length(pg_digits(t)) > 1 THEN '.' || pg_digits(t)[2:] ELSE '' END
      || 'e+' || lpad(CAST(length(split_part(replace(t, '-', ''), '.', 1)) - 1 AS VARCHAR), 2, '0')
    ELSE regexp_replace(t, '\\.0$', '') END""",
    # a numeric cast from a float has 15 digits, from a float4 6
    "CREATE OR REPLACE TEMP MACRO pg_fits(d, t) AS"
    " CASE WHEN d IS NULL OR CAST(d AS DOUBLE) = CAST(t AS DOUBLE) THEN d"
    " ELSE error('a numeric needs more than 12 decimals here; cast to numeric(p, s)') END",
    "CREATE OR REPLACE TEMP MACRO pg_width_bucket(x, low, high, n) AS CASE"
    " WHEN x IS NULL OR low IS NULL OR high IS NULL OR n IS NULL THEN NULL"
    " WHEN n <= 0 THEN error('count must be greater than zero')"
    " WHEN low = high THEN error('lower bound cannot equal upper bound')"
    " WHEN low < high THEN CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1"
    "   ELSE CAST(floor((x - low) * n // (high - low)) AS INTEGER) + 1 END"
    " ELSE CASE WHEN x > low THEN 0 WHEN x <= high THEN n + 1"
    "   ELSE CAST(floor((low - x) * n // (low - high)) AS INTEGER) + 1 END END",
    # The square root of v with k decimals, as PostgreSQL rounds it (numeric.c, sqrt_var). y is the
    # root as a double; the remainder v - y * y is exact and small, so a double suffices for the
    # correction. All in units of 1e-24
    """CREATE OR REPLACE TEMP MACRO pg_root(v, k) AS CASE WHEN v IS NULL THEN NULL ELSE
    list_transform(list_transform([CAST(sqrt(CAST(v AS DOUBLE)) AS DECIMAL(19,12))], lambda y:
     {'t': CAST(replace(CAST(y AS VARCHAR), '.', '') AS HUGEINT) * pg_power_of_ten(12)
       + CASE WHEN v = 0 THEN 0 ELSE CAST(round(
       CAST(v - CAST(y * y AS DECIMAL(38,24)) AS DOUBLE)
       / (sqrt(CAST(v AS DOUBLE)) + CAST(y AS DOUBLE)) * 1e24) AS HUGEINT) END,
      'p': pg_power_of_ten(24 - least(k, 24))}), lambda r:
     CAST((r.t + r.p // 2) // r.p * r.p AS DECIMAL(38,0))
      * CAST('0.000000000000000000000001' AS DECIMAL(24,24)))[1] END""",
)
