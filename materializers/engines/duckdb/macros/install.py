"""DuckDB macros: quantifiers, texts of arrays, intervals, and the list of all macros."""

from __future__ import annotations

from materializers.engines.duckdb.macros.division import DIVISION_MACROS
from materializers.engines.duckdb.macros.json import JSON_MACROS, JSONB_MACROS
from materializers.engines.duckdb.macros.number import NUMBER_MACROS
from materializers.engines.duckdb.macros.sets import SET_MACROS
from materializers.engines.duckdb.macros.time import TIME_MACROS
from materializers.engines.duckdb.macros.wide_numeric import WIDE_NUMERIC_MACROS
from materializers.engines.duckdb.macros.zone import ZONE_MACROS

_QUANTIFIERS = (
    # x op ANY (array), x op ALL (array), over what each comparison gave
    "CREATE OR REPLACE TEMP MACRO pg_any(r) AS CASE WHEN r IS NULL THEN NULL"
    " WHEN list_contains(r, true) THEN true WHEN list_count(r) < len(r) THEN NULL ELSE false END",
    "CREATE OR REPLACE TEMP MACRO pg_all(r) AS CASE WHEN r IS NULL THEN NULL"
    " WHEN list_contains(r, false) THEN false WHEN list_count(r) < len(r) THEN NULL"
    " ELSE true END",
)

_ARRAYS = (
    r"""CREATE OR REPLACE TEMP MACRO pg_array_element(t) AS CASE WHEN t = '' OR upper(t) = 'NULL'
    OR regexp_matches(t, '[{}",\\ \t\n\r\v\f]')
    THEN '"' || replace(replace(t, '\', '\\'), '"', '\"') || '"' ELSE t END""",
)

_INTERVALS = (
    # Months, days and microseconds, which both engines keep apart
    "CREATE OR REPLACE TEMP MACRO pg_months(i) AS"
    " CAST(date_part('year', i) * 12 + date_part('month', i) AS BIGINT)",
    "CREATE OR REPLACE TEMP MACRO pg_micros(i) AS CAST(date_part('hour', i) AS BIGINT)"
    " * 3600000000 + CAST(date_part('minute', i) AS BIGINT) * 60000000"
    " + CAST(date_part('microseconds', i) AS BIGINT)",
    # Captured: P1Y2M3DT4H5M6.7S, every field named
    r"""CREATE OR REPLACE TEMP MACRO pg_interval(t) AS list_transform([regexp_extract(t,
    'P(-?\d+)Y(-?\d+)M(-?\d+)DT(-?\d+)H(-?\d+)M(-?[\d.]+)S', ['y', 'm', 'd', 'h', 'i', 's'])],
    lambda p: CASE WHEN p IS NULL THEN NULL
     WHEN p.s = '' THEN error('an infinite interval cannot be computed with') ELSE
    to_months(12 * CAST(p.y AS INTEGER) + CAST(p.m AS INTEGER)) + to_days(CAST(p.d AS INTEGER))
    + to_microseconds(CAST(p.h AS BIGINT) * 3600000000 + CAST(p.i AS BIGINT) * 60000000
    + CAST(CAST(p.s AS DECIMAL(18, 6)) * 1000000 AS BIGINT)) END)[1]""",
    # What PostgreSQL compares: a month has 30 days, a day 24 hours
    "CREATE OR REPLACE TEMP MACRO pg_interval_key(i) AS CAST(pg_micros(i) AS HUGEINT)"
    " + CAST(pg_months(i) * 30 + date_part('day', i) AS HUGEINT) * 86400000000",
    r"""CREATE OR REPLACE TEMP MACRO pg_seconds(m) AS regexp_replace(CAST(CAST(m AS DECIMAL(18, 0))
    * CAST(0.000001 AS DECIMAL(6, 6)) AS VARCHAR), '\.?0+$', '')""",
    "CREATE OR REPLACE TEMP MACRO pg_interval_iso(i) AS 'P' || (pg_months(i) // 12) || 'Y'"
    " || (pg_months(i) % 12) || 'M' || date_part('day', i) || 'DT'"
    " || (pg_micros(i) // 3600000000) || 'H' || (pg_micros(i) // 60000000 % 60) || 'M'"
    " || pg_seconds(pg_micros(i) % 60000000) || 'S'",
    # 1 year 2 mons 3 days 04:05:06.7 (IntervalStyle postgres)
    "CREATE OR REPLACE TEMP MACRO pg_two(n) AS CASE WHEN n < 10 THEN '0' ELSE '' END || n",
    "CREATE OR REPLACE TEMP MACRO pg_clock(m) AS pg_two(m // 3600000000) || ':'"
    " || pg_two(m // 60000000 % 60) || ':'"
    " || CASE WHEN m % 60000000 < 10000000 THEN '0' ELSE '' END || pg_seconds(m % 60000000)",
    "CREATE OR REPLACE TEMP MACRO pg_counted(n, w) AS"
    " n || ' ' || w || CASE WHEN n = 1 THEN '' ELSE 's' END",
    """CREATE OR REPLACE TEMP MACRO pg_interval_text(i) AS list_transform([{
    'y': pg_months(i) // 12, 'm': pg_months(i) % 12, 'd': date_part('day', i),
    't': pg_micros(i)}], lambda p: CASE WHEN i IS NULL THEN NULL ELSE concat_ws(' ',
     CASE WHEN p.y <> 0 THEN pg_counted(p.y, 'year') END,
     CASE WHEN p.m <> 0 THEN CASE WHEN p.y < 0 AND p.m > 0 THEN '+' ELSE '' END
       || pg_counted(p.m, 'mon') END,
     CASE WHEN p.d <> 0 THEN CASE WHEN p.d > 0 AND (p.m < 0 OR p.m = 0 AND p.y < 0) THEN '+'
       ELSE '' END || pg_counted(p.d, 'day') END,
     CASE WHEN p.t <> 0 OR p.y = 0 AND p.m = 0 AND p.d = 0 THEN
       CASE WHEN p.t < 0 THEN '-' WHEN p.d < 0 OR p.d = 0 AND (p.m < 0 OR p.m = 0 AND p.y < 0)
       THEN '+' ELSE '' END || pg_clock(abs(p.t)) END) END)[1]""",
)

EXPRESSION_MACROS = (
    *(DIVISION_MACROS + _QUANTIFIERS + _ARRAYS),
    *(
        _INTERVALS
        + TIME_MACROS
        + ZONE_MACROS
        + NUMBER_MACROS
        + JSON_MACROS
        + SET_MACROS
        + JSONB_MACROS
        + WIDE_NUMERIC_MACROS
    ),
)
"""All macros; a connection must create them before it runs rendered SQL."""
