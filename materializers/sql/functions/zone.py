"""`AT TIME ZONE`: resolves a zone by PostgreSQL's rules (manual, "Time Zones", "POSIX Time Zone
Specifications"); a constant one at plan time."""

from __future__ import annotations

import re
from collections.abc import Callable

from materializers.errors import ViewError
from materializers.sql.types.expression import Apply, Case, Constant, Expression, boolean
from materializers.sql.types.sql_type import INTERVAL, TEXT, TIMESTAMP, TIMESTAMPTZ
from materializers.sql.types.zone_names import ABBREVIATIONS, CHANGING, ONE_WORD, SPECIFICATION


def at_zone(
    value: Expression,
    zone: Expression,
    fail: Callable[[str], ViewError],
    *,
    of_infinity: bool = False,
) -> Expression:
    """A local time -> an instant, an instant -> a local time. `zone`: a text or an interval;
    `of_infinity`: whether an invalid zone is an error for an infinite time too.
    """
    kind = TIMESTAMP if value.type == TIMESTAMPTZ else TIMESTAMPTZ
    nullable = value.nullable or zone.nullable
    if zone.type.name == "interval":
        return Apply("timezone", (zone.cast(INTERVAL), value), kind, nullable)
    if zone.literal is not None:
        return Apply("timezone", (value,), kind, nullable, (_constant(zone.literal, fail),))
    if not zone.type.is_text:
        raise fail(f"a time zone is a text or an interval, not {zone.type.name}")
    options = ("of infinity",) if of_infinity else ()
    return Apply("timezone", (zone.cast(TEXT), value), kind, nullable, options)


def as_specification(zone: Expression, fail: Callable[[str], ViewError]) -> Expression:
    """The zone of make_timestamptz() as a POSIX specification. Its bare numbers are positive to the
    east (timestamp.c, parse_sane_timezone), a specification's to the west. A bare number of another
    form becomes an invalid zone."""
    text = zone.literal
    if text is None:
        if not zone.type.is_text:
            raise fail(f"a time zone is a text, not {zone.type.name}")
        zone = zone.cast(TEXT)
        signs = Constant("+-", TEXT), Constant("-+", TEXT)
        turned = Apply("translate", (zone, *signs), TEXT, zone.nullable)
        strange = Apply("||", (Constant(",", TEXT), zone), TEXT, zone.nullable)
        tests = (boolean("~", zone, options=(f"^{form}",)) for form in (f"(?:{_ISO})$", _NUMBER))
        return Case(tuple(tests), (turned, strange), zone)
    if re.fullmatch(_ISO, text):
        return Constant(text.translate(str.maketrans("+-", "-+")))
    if re.match(_NUMBER, text):
        raise fail(f'invalid input syntax for type numeric time zone: "{text}"')
    return zone


_ISO = r"[+-](?:0?[0-9]|1[0-5])(?::[0-5][0-9](?::[0-5][0-9])?)?"
_NUMBER = r"[+-]?[0-9]"


def _constant(name: str, fail: Callable[[str], ViewError]) -> int | str:
    """Seconds east of UTC, or the name of a region."""
    offset = constant_offset(name)
    if offset is not None:
        return offset
    if name.lower() in CHANGING:
        raise fail(f'the time zone "{name}" has meant several offsets: name its region instead')
    if not is_region(name):
        raise fail(f'time zone "{name}" is not recognized here')
    return name


def constant_offset(name: str) -> int | None:
    """Seconds east of UTC; None for a region and for an invalid zone."""
    if (known := ABBREVIATIONS.get(name.lower())) is not None:
        return known
    match = re.fullmatch(SPECIFICATION, name)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    return (1 if match[1] == "-" else -1) * (hours * 3600 + minutes * 60 + seconds)


def is_region(name: str) -> bool:
    """Whether it has the form of a region's name."""
    area, slash, city = name.partition("/")
    if slash:
        return area.isalpha() and bool(city) and area.lower() not in ("systemv", "posix", "right")
    return name.lower() in ONE_WORD
