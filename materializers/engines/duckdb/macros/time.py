"""Macros for intervals, age and parts of dates, after PostgreSQL's timestamp.c."""

from __future__ import annotations

_DAY = 86_400_000_000

_SCALED = """CREATE OR REPLACE TEMP MACRO pg_interval_scaled(m, d, u) AS
CASE WHEN m IS NULL OR u IS NULL THEN NULL ELSE
list_transform(list_transform(list_transform([
  {'m': trunc(m), 'd': trunc(d), 'r': round_even((m - trunc(m)) * 30 * 1e6, 0) / 1e6}],
lambda p: {'m': p.m, 'd': p.d, 'r': trunc(p.r),
  's': round_even((d - p.d + p.r - trunc(p.r)) * 86400.0 * 1e6, 0) / 1e6}),
lambda p: {'m': p.m, 'd': p.d + p.r + trunc(p.s / 86400.0),
  's': p.s - trunc(p.s / 86400.0) * 86400.0}),
lambda p: pg_make_interval(p.m, p.d, round_even(u + p.s * 1e6, 0)))[1] END"""

_JUSTIFY = f"""CREATE OR REPLACE TEMP MACRO pg_justify(m, d, u, with_months) AS
CASE WHEN m IS NULL THEN NULL ELSE
list_transform(list_transform(list_transform([
  {{'m': m, 'd': d + u // {_DAY}, 'u': u % {_DAY}}}],
lambda p: CASE WHEN with_months THEN {{'m': p.m + p.d // 30, 'd': p.d % 30, 'u': p.u}} ELSE p END),
lambda p: CASE WHEN with_months AND p.m > 0 AND (p.d < 0 OR p.d = 0 AND p.u < 0)
    THEN {{'m': p.m - 1, 'd': p.d + 30, 'u': p.u}}
  WHEN with_months AND p.m < 0 AND (p.d > 0 OR p.d = 0 AND p.u > 0)
    THEN {{'m': p.m + 1, 'd': p.d - 30, 'u': p.u}} ELSE p END),
lambda p: CASE WHEN p.d > 0 AND p.u < 0 THEN pg_make_interval(p.m, p.d - 1, p.u + {_DAY})
  WHEN p.d < 0 AND p.u > 0 THEN pg_make_interval(p.m, p.d + 1, p.u - {_DAY})
  ELSE pg_make_interval(p.m, p.d, p.u) END)[1] END"""

_JUSTIFY_DAYS = """CREATE OR REPLACE TEMP MACRO pg_justify_days(m, d, u) AS
CASE WHEN m IS NULL THEN NULL ELSE
list_transform([{'m': m + d // 30, 'd': d % 30}], lambda p:
  CASE WHEN p.m > 0 AND p.d < 0 THEN pg_make_interval(p.m - 1, p.d + 30, u)
  WHEN p.m < 0 AND p.d > 0 THEN pg_make_interval(p.m + 1, p.d - 30, u)
  ELSE pg_make_interval(p.m, p.d, u) END)[1] END"""

# from the earlier to the later moment; days are borrowed from the earlier one's month
_AGE = f"""CREATE OR REPLACE TEMP MACRO pg_age(a, b) AS
CASE WHEN a IS NULL OR b IS NULL THEN NULL
WHEN isinf(a) OR isinf(b) THEN error('an infinite interval cannot be stored') ELSE
list_transform(list_transform(list_transform([
  {{'s': CASE WHEN a < b THEN -1 ELSE 1 END, 'x': greatest(a, b), 'y': least(a, b)}}],
lambda p: {{'s': p.s, 'y': p.y,
  'm': (year(p.x) - year(p.y)) * 12 + month(p.x) - month(p.y), 'd': day(p.x) - day(p.y),
  'u': date_diff('microseconds', date_trunc('day', p.x), p.x)
     - date_diff('microseconds', date_trunc('day', p.y), p.y)}}),
lambda p: {{'s': p.s, 'y': p.y, 'm': p.m, 'd': p.d - CASE WHEN p.u < 0 THEN 1 ELSE 0 END,
  'u': p.u + CASE WHEN p.u < 0 THEN {_DAY} ELSE 0 END}}),
lambda p: CASE WHEN p.d < 0
  THEN pg_make_interval(p.s * (p.m - 1), p.s * (p.d + day(last_day(p.y))), p.s * p.u)
  ELSE pg_make_interval(p.s * p.m, p.s * p.d, p.s * p.u) END)[1] END"""

TIME_MACROS = (
    "CREATE OR REPLACE TEMP MACRO pg_make_interval(m, d, u) AS"
    " to_months(CAST(m AS INTEGER)) + to_days(CAST(d AS INTEGER))"
    " + to_microseconds(CAST(u AS BIGINT))",
    _SCALED,
    _JUSTIFY,
    _JUSTIFY_DAYS,
    _AGE,
    # a NULL end may be any moment; a period starts at the earlier one of its ends
    """CREATE OR REPLACE TEMP MACRO pg_overlaps(a, b, c, d) AS list_transform([{
      's': least(a, b), 'e': CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN greatest(a, b) END,
      't': least(c, d), 'f': CASE WHEN c IS NOT NULL AND d IS NOT NULL THEN greatest(c, d) END}],
    lambda p: CASE WHEN p.s IS NULL OR p.t IS NULL THEN NULL
      WHEN p.s > p.t THEN CASE WHEN p.s < p.f THEN true
        WHEN p.e IS NULL OR p.f IS NULL THEN NULL ELSE false END
      WHEN p.s < p.t THEN CASE WHEN p.t < p.e THEN true
        WHEN p.e IS NULL OR p.f IS NULL THEN NULL ELSE false END
      WHEN p.e IS NOT NULL AND p.f IS NOT NULL THEN true END)[1]""",
    # Microseconds since midnight
    "CREATE OR REPLACE TEMP MACRO pg_time_micros(t) AS date_diff('microseconds', TIME '00:00', t)",
    "CREATE OR REPLACE TEMP MACRO pg_time(u) AS"
    f" TIME '00:00' + to_microseconds((CAST(u AS BIGINT) % {_DAY} + {_DAY}) % {_DAY})",
    # There is no year 0
    "CREATE OR REPLACE TEMP MACRO pg_year(t) AS"
    " CASE WHEN year(t) <= 0 THEN year(t) - 1 ELSE year(t) END",
    "CREATE OR REPLACE TEMP MACRO pg_isoyear(t) AS"
    " CASE WHEN isoyear(t) <= 0 THEN isoyear(t) - 1 ELSE isoyear(t) END",
    "CREATE OR REPLACE TEMP MACRO pg_finite_moment(t) AS CASE WHEN isinf(t)"
    " THEN error('an infinite field of an infinite date or timestamp cannot be stored') ELSE t END",
    "CREATE OR REPLACE TEMP MACRO pg_days_between(a, b) AS CASE WHEN isinf(a) OR isinf(b)"
    " THEN error('cannot subtract infinite dates') ELSE a - b END",
    "CREATE OR REPLACE TEMP MACRO pg_first_year(y, n) AS CASE"
    " WHEN n = 10 THEN CASE WHEN y > 0 THEN y // 10 * 10 ELSE -((8 - (y - 1)) // 10) * 10 END"
    " WHEN y > 0 THEN (y + n - 1) // n * n - (n - 1)"
    " ELSE -((n - 1 - (y - 1)) // n) * n + 1 END",
    "CREATE OR REPLACE TEMP MACRO pg_century(y, n) AS"
    " CASE WHEN y > 0 THEN (y + n - 1) // n ELSE -((n - 1 - (y - 1)) // n) END",
    "CREATE OR REPLACE TEMP MACRO pg_moment_text(t) AS CASE WHEN contains(t, '(BC)')"
    " THEN replace(t, ' (BC)', '') || ' BC' ELSE t END",
    # rounded to a number of microseconds, counted from the year 2000 as PostgreSQL stores them
    "CREATE OR REPLACE TEMP MACRO pg_rounded(u, n) AS (CASE WHEN u >= 946684800000000"
    " THEN (u - 946684800000000 + n // 2) // n * n"
    " ELSE -((946684800000000 - u + n // 2) // n * n) END) + 946684800000000",
)
