"""`AT TIME ZONE`: what a zone's name means is decided by PostgreSQL's rules (manual, "Time Zones",
"POSIX Time Zone Specifications"), of a constant at plan time. DuckDB is asked for regions only:
it takes PST for Los Angeles, in summer too, and IST for India, and counts GMT+8 east of UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from materializers.errors import ViewError
from materializers.plan.types.expression import Expression, Words, text_literal
from materializers.plan.types.sql_type import INTERVAL, TEXT, TIMESTAMP, TIMESTAMPTZ
from materializers.plan.types.zone_names import ABBREVIATIONS, CHANGING, ONE_WORD

_SPECIFICATION = (
    r"(?:<[^<>]*>|[^-+,0-9<:]*)([-+]?)(0?[0-9]{1,2}|1[0-5][0-9]|16[0-7])"
    r"(?::([0-5]?[0-9])(?::([0-5]?[0-9]))?)?"
)
"""A name of any kind, then hours, minutes and seconds west of UTC."""


def _part(place: int) -> str:
    return f"regexp_extract(z, '^{_SPECIFICATION}$', {place})"


_HOURS, _MINUTES, _SECONDS = (
    f"coalesce(TRY_CAST({_part(place)} AS INTEGER), 0)" for place in (2, 3, 4)
)

# Texts, not maps: a map of constants costs milliseconds each time that it is bound
_ABBREVIATIONS = "".join(f" {name}={offset}" for name, offset in ABBREVIATIONS.items())
_WORDS = " ".join(["", *sorted(ONE_WORD), ""])

ZONE_MACROS = (
    # Seconds east of UTC; NULL for a region, whose offset depends on the time
    "CREATE OR REPLACE TEMP MACRO pg_zone_offset(z) AS CASE"
    " WHEN regexp_matches(z, '^[A-Za-z]+$')"
    f" AND contains('{_ABBREVIATIONS}', ' ' || lower(z) || '=')"
    f" THEN CAST(split_part(split_part('{_ABBREVIATIONS}', ' ' || lower(z) || '=', 2), ' ', 1)"
    f" AS INTEGER) WHEN regexp_matches(z, '^{_SPECIFICATION}$') THEN"
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


def at_zone(
    value: Expression,
    zone: Expression,
    fail: Callable[[str], ViewError],
    *,
    of_infinity: bool = False,
) -> Expression:
    """A local time to the instant, an instant to the local time. `zone`: a text or an interval;
    `of_infinity`: whether one that is no zone is an error for an infinite time too.
    """
    is_instant = value.type == TIMESTAMPTZ
    kind = TIMESTAMP if is_instant else TIMESTAMPTZ
    nullable = value.nullable or zone.nullable
    if zone.type.name == "interval":
        interval = zone.cast(INTERVAL).sql
        shift = f"pg_zone_shift({interval})"
        same = f"CASE WHEN {interval} IS NOT NULL THEN {value.cast(kind).sql} END"
        sql = f"CASE WHEN isfinite({value.sql}) THEN {_shifted(value, shift)} ELSE {same} END"
        return Words(f"({sql})", kind, nullable)
    if zone.literal is not None:
        return Words(_of_constant(value, zone.literal, fail), kind, nullable)
    if not zone.type.is_text:
        raise fail(f"a time zone is a text or an interval, not {zone.type.name}")
    name = zone.cast(TEXT).sql
    same = f" WHEN NOT isfinite({value.sql}) THEN {value.cast(kind).sql}"
    sql = (
        f"CASE WHEN {value.sql} IS NULL OR {name} IS NULL THEN NULL"
        f"{'' if of_infinity else same}"
        f" WHEN pg_zone_offset({name}) IS NOT NULL"
        f" THEN {_shifted(value, f'to_seconds(pg_zone_offset({name}))')}"
        f" ELSE {value.sql} AT TIME ZONE pg_zone_region({name}) END"
    )
    return Words(f"({sql})", kind, nullable)


def _of_constant(value: Expression, name: str, fail: Callable[[str], ViewError]) -> str:
    offset = constant_offset(name)
    if offset is not None:
        return _shifted(value, f"to_seconds({offset})")
    if name.lower() in CHANGING:
        raise fail(f'the time zone "{name}" has meant several offsets: name its region instead')
    if not is_region(name):
        raise fail(f'time zone "{name}" is not recognized here')
    return f"({value.sql} AT TIME ZONE {text_literal(name)})"


def constant_offset(name: str) -> int | None:
    """Seconds east of UTC; None for a region, and for what is no zone."""
    if (known := ABBREVIATIONS.get(name.lower())) is not None:
        return known
    found = re.fullmatch(_SPECIFICATION, name)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return (1 if found[1] == "-" else -1) * (hours * 3600 + minutes * 60 + seconds)


def is_region(name: str) -> bool:
    """Whether it is the name of a region, as far as its form tells."""
    area, slash, city = name.partition("/")
    if slash:
        return area.isalpha() and bool(city) and area.lower() not in ("systemv", "posix", "right")
    return name.lower() in ONE_WORD


def _shifted(value: Expression, offset: str) -> str:
    """`offset`: SQL of an interval, how far the zone is east of UTC. The session is in UTC."""
    if value.type == TIMESTAMPTZ:
        return f"(CAST({value.sql} AS TIMESTAMP) + {offset})"
    return f"CAST({value.sql} - {offset} AS TIMESTAMPTZ)"
