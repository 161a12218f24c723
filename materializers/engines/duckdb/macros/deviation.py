"""Square roots of numerics as PostgreSQL rounds them (numeric.c, sqrt_var)."""

from __future__ import annotations

DEVIATION_MACROS = (
    # v: the variance, k: its scale. y is the root as a double; the remainder v - y * y is exact and
    # small, so a double suffices for the correction. All in units of 1e-24
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
