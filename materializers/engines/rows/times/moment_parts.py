"""Parts of a date's or time's text (datetime.c): numbers, times of day, zone offsets."""

from __future__ import annotations

import re
from enum import IntFlag, auto

from materializers.engines.rows.digits import counted

INT_MAX = 2**31 - 1
_SPACES = " \t\n\r\v\f"
_ZONE_HOURS_MAX = 15
FORMAT = 'invalid input syntax for type {type}: "{text}"'
RANGE = 'date/time field value out of range: "{text}"'
_ZONE_RANGE = 'time zone displacement out of range: "{text}"'


class Refused(Exception):
    """An invalid text. `args[0]`: PostgreSQL's message with `{type}` and `{text}`."""


class Part(IntFlag):
    """The parts that have been read; each may be given once."""

    NONE = 0
    YEAR = auto()
    MONTH = auto()
    DAY = auto()
    DAY_OF_YEAR = auto()
    TIME = auto()
    ZONE = auto()
    SUMMER = auto()
    WEEKDAY = auto()
    HALF = auto()
    ERA = auto()
    DATE = YEAR | MONTH | DAY


def leading_integer(text: str) -> tuple[int, str]:
    """The integer at the start of a text (C's strtol), and the rest."""
    match = re.match(r"\s*[-+]?\d+", text, re.ASCII)
    if match is None:
        return 0, text
    value = counted(match[0].lstrip(_SPACES))
    if not -INT_MAX - 1 <= value <= INT_MAX:
        raise Refused(RANGE)
    return value, text[match.end() :]


def fraction(text: str) -> float:
    """`.` and digits."""
    if not re.fullmatch(r"\.\d*", text, re.ASCII):
        raise Refused(FORMAT)
    return float("0" + text)


def fraction_micros(text: str) -> int:
    return round(fraction(text) * 1_000_000)


def clock_parts(text: str) -> tuple[int, int, int, int]:
    """Hours, minutes, seconds and microseconds of `hh:mm[:ss[.f]]`, or of `mm:ss.f`, without hours.
    The hours are not limited."""
    digits = re.match(r"\d*", text, re.ASCII)
    assert digits is not None
    hour, rest = counted(digits[0]), text[digits.end() :]
    second = micros = 0
    if rest[:1] != ":":
        raise Refused(FORMAT)
    minute, rest = leading_integer(rest[1:])
    if rest[:1] == ".":
        hour, minute, second, micros = 0, hour, minute, fraction_micros(rest)
    elif rest[:1] == ":":
        second, rest = leading_integer(rest[1:])
        if rest[:1] == ".":
            micros, rest = fraction_micros(rest), ""
        if rest:
            raise Refused(FORMAT)
    elif rest:
        raise Refused(FORMAT)
    if not (0 <= minute < 60 and 0 <= second <= 60 and hour >= 0):
        raise Refused(RANGE)
    return hour, minute, second, micros


def date_parts(text: str) -> list[str]:
    """Runs of digits or letters; the character that ends a run is skipped, even a letter or digit
    (datetime.c, DecodeDate)."""
    parts, place = [], 0
    while place < len(text):
        while place < len(text) and not text[place].isalnum():
            place += 1
        match = re.compile(r"\d+|[a-z]+", re.ASCII).match(text, place)
        if match is None:
            raise Refused(FORMAT)
        parts.append(match[0])
        place = match.end() + 1
    return parts


def which_part(known: Part, length: int, has_text_month: bool) -> Part:
    """The part of a date that the next number is."""
    if known == Part.NONE:
        return Part.YEAR if length >= 3 else Part.MONTH
    if known in (Part.YEAR, Part.DAY):
        return Part.MONTH
    if known == Part.MONTH:
        return Part.YEAR if has_text_month and length >= 3 else Part.DAY
    if known == Part.YEAR | Part.MONTH:
        return Part.DAY
    if known == Part.MONTH | Part.DAY:
        return Part.YEAR
    raise Refused(FORMAT)


def zone_offset(text: str) -> int:
    """The seconds of `+hh[:mm[:ss]]` or `+hhmm` (datetime.c, DecodeTimezone)."""
    if text[:1] not in ("+", "-"):
        raise Refused(FORMAT)
    digits = re.match(r"\d*", text[1:], re.ASCII)
    assert digits is not None
    hour, rest = counted(digits[0]), text[1 + digits.end() :]
    minute = second = 0
    if hour > INT_MAX:
        raise Refused(_ZONE_RANGE)
    if rest[:1] == ":":
        minute, rest = leading_integer(rest[1:])
        if rest[:1] == ":":
            second, rest = leading_integer(rest[1:])
    elif not rest and len(text) > 3:
        hour, minute = divmod(hour, 100)
    if hour > _ZONE_HOURS_MAX or not (0 <= minute < 60 and 0 <= second < 60):
        raise Refused(_ZONE_RANGE)
    if rest:
        raise Refused(FORMAT)
    offset = (hour * 60 + minute) * 60 + second
    return -offset if text[0] == "-" else offset
