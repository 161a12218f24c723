"""Macros for time zones from columns, by PostgreSQL's rules. DuckDB resolves only regions: for it
PST is Los Angeles, in summer too, IST is India, and GMT+8 is east of UTC."""

from __future__ import annotations

from materializers.sql.types.zone_names import ABBREVIATIONS, ONE_WORD, SPECIFICATION


def _part(place: int) -> str:
    return f"regexp_extract(z, '^{SPECIFICATION}$', {place})"


_HOURS, _MINUTES, _SECONDS = (
    f"coalesce(TRY_CAST({_part(place)} AS INTEGER), 0)" for place in (2, 3, 4)
)

# texts instead of maps: binding a map of constants takes milliseconds each time
_ABBREVIATIONS = "".join(f" {name}={offset}" for name, offset in ABBREVIATIONS.items())
_WORDS = " ".join(["", *sorted(ONE_WORD), ""])

ZONE_MACROS = (
    # seconds east of UTC; NULL for a region, whose offset depends on the time
    "CREATE OR REPLACE TEMP MACRO pg_zone_offset(z) AS CASE"
    " WHEN regexp_matches(z, '^[A-Za-z]+$')"
    f" AND contains('{_ABBREVIATIONS}', ' ' || lower(z) || '=')"
    f" THEN CAST(split_part(split_part('{_ABBREVIATIONS}', ' ' || lower(z) || '=', 2), ' ', 1)"
    f" AS INTEGER) WHEN regexp_matches(z, '^{SPECIFICATION}$') THEN"
    f" CASE WHEN {_part(1)} = '-' THEN 1 ELSE -1 END *"
    f" ({_HOURS} * 3600 + {_MINUTES} * 60 + {_SECONDS}) END",
    "CREATE OR REPLACE TEMP MACRO pg_zone_region(z) AS CASE WHEN z IS NULL THEN NULL"
    " WHEN regexp_matches(z, '^[A-Za-z]+/.')"
    " AND NOT regexp_matches(z, '^(?i)(systemv|posix|right)/')"
    f" OR contains('{_WORDS}', ' ' || lower(z) || ' ') AND NOT contains(z, ' ') THEN z"
    """ ELSE error('time zone "' || z || '" is not recognized here') END""",
    "CREATE OR REPLACE TEMP MACRO pg_zone_shift(i) AS CASE WHEN i IS NULL THEN NULL"
    " WHEN pg_months(i) <> 0 OR date_part('day', i) <> 0"
    " THEN error('interval time zone must not include months or days')"
    " ELSE to_microseconds(pg_micros(i)) END",
)
