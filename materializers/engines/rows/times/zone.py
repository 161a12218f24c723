"""Time zones by PostgreSQL's rules (manual, "Time Zones", "POSIX Time Zone Specifications"): names
of regions, abbreviations and POSIX specifications without daylight saving time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import pytz

from materializers.engines.rows.failure import EvaluationError
from materializers.sql.types.zone_names import ABBREVIATIONS, CHANGING, SPECIFICATION

Zone = int | ZoneInfo
"""Seconds east of UTC, or a region."""

_SECOND = 1_000_000
_CYCLE = 146_097 * 86_400
"""Seconds after which the calendar, and each region's latest rule, repeat themselves."""
_EPOCH = datetime(1970, 1, 1)
_FIRST = int(datetime(2, 1, 1, tzinfo=UTC).timestamp())
_LAST = int(datetime(9998, 12, 31, tzinfo=UTC).timestamp())
_SAMPLES = range(-3_000_000_000 * _SECOND, 2_000_000_000 * _SECOND, 15_000_000 * _SECOND)
"""Moments in each half of each year from 1874 on."""
_LINKS = {
    "CST6CDT": "America/Chicago", "EST5EDT": "America/New_York", "MST7MDT": "America/Denver",
    "PST8PDT": "America/Los_Angeles",
}  # fmt: skip
"""Names that the IANA database has linked since 2024, where pytz keeps what they were before."""
_FOREIGN = ("systemv/", "posix/", "right/")


@cache
def _regions() -> Mapping[str, str]:
    return {name.lower(): _LINKS.get(name, name) for name in pytz.all_timezones}


@lru_cache(maxsize=1024)
def full_zone(name: str) -> Zone | None:
    """The zone of a name that is no abbreviation; None where there is none."""
    region = None if name.lower().startswith(_FOREIGN) else _regions().get(name.lower())
    if region is not None:
        with pytz.open_resource(region) as stored:
            return ZoneInfo.from_file(stored, key=region)
    match = re.fullmatch(SPECIFICATION, name)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    return (1 if match[1] == "-" else -1) * (hours * 3600 + minutes * 60 + seconds)


def abbreviated(name: str) -> int | None:
    """The seconds east of UTC of an abbreviation in small letters. Raises EvaluationError for one
    that meant several offsets in the course of time."""
    if name in CHANGING:
        message = f'the time zone "{name}" has meant several offsets: name its region instead'
        raise EvaluationError(message)
    return ABBREVIATIONS.get(name)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> Zone:
    """The zone `AT TIME ZONE` knows by a name. Raises EvaluationError."""
    zone: Zone | None = abbreviated(name.lower())
    if zone is None:
        zone = full_zone(name)
    if zone is None:
        raise EvaluationError(f'time zone "{name}" not recognized')
    return zone


def offset_at(zone: Zone, moment: int) -> int:
    """Seconds east of UTC at an instant, which is given in microseconds."""
    if isinstance(zone, int):
        return zone
    seconds = _within(moment // _SECOND)
    return _seconds(datetime.fromtimestamp(seconds, zone).utcoffset())


def offset_of_local(zone: Zone, local: int) -> int:
    """Seconds east of UTC at a local time. One that comes twice, or never, is read with the
    smaller offset of the two (datetime.c, DetermineTimeZoneOffset)."""
    if isinstance(zone, int):
        return zone
    first = _EPOCH + timedelta(seconds=_within(local // _SECOND))
    second = first.replace(fold=1)
    return min(_seconds(zone.utcoffset(first)), _seconds(zone.utcoffset(second)))


@lru_cache(maxsize=1024)
def is_fixed(zone: Zone) -> bool:
    """Whether its offset was never another one."""
    return len({offset_at(zone, moment) for moment in _SAMPLES}) == 1


def _within(seconds: int) -> int:
    """A time at which the same rule holds, within the years that a datetime has."""
    if seconds > _LAST:
        return seconds - ((seconds - _LAST - 1) // _CYCLE + 1) * _CYCLE
    return max(seconds, _FIRST)


def _seconds(offset: timedelta | None) -> int:
    assert offset is not None
    return offset.days * 86_400 + offset.seconds
