"""Reads dates and times (date.c, timestamp.c). The session's time zone is UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.times.calendar import (
    DAY_END,
    DAY_MIN,
    MOMENT_END,
    MOMENT_MIN,
    is_countable,
)
from materializers.engines.rows.times.moment_parts import FORMAT, Refused
from materializers.engines.rows.times.moment_reader import MomentReader
from materializers.engines.rows.times.time_fields import fields_of
from materializers.engines.rows.times.zone import offset_of_local
from materializers.engines.rows.values import (
    DATE_INFINITY,
    MICROS_A_DAY,
    MOMENT_INFINITY,
    Value,
)

_SECOND = 1_000_000
_DATE = "(\\d{4})-(\\d\\d)-(\\d\\d)"
_CLOCK = "(\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?"
_PLAIN_DATE = re.compile(_DATE, re.ASCII)
_PLAIN_TIME = re.compile(_CLOCK, re.ASCII)
_PLAIN_MOMENT = re.compile(f"{_DATE}[ T]{_CLOCK}(Z|[+-]\\d\\d(?::?\\d\\d)?)?", re.ASCII)
_ORDINAL = date(1970, 1, 1).toordinal()
_HOURS_MAX = 15
_SIZE_MAX = 153


def date_input(text: str) -> int:
    if match := _PLAIN_DATE.fullmatch(text):
        try:
            return date(int(match[1]), int(match[2]), int(match[3])).toordinal() - _ORDINAL
        except ValueError:
            raise EvaluationError(f'date/time field value out of range: "{text}"') from None
    read = _read(text, "date")
    if read.special == "epoch":
        return 0
    if read.special:
        return -DATE_INFINITY if read.special == "-infinity" else DATE_INFINITY
    if is_countable(read.year, read.month) and DAY_MIN <= read.day_number < DAY_END:
        return read.day_number
    raise EvaluationError(f'date out of range: "{text}"')


def time_input(text: str) -> int:
    if match := _PLAIN_TIME.fullmatch(text):
        micros = _clock_micros(*match.groups())
        if micros is not None:
            return micros
    return _read(text, "time", is_time=True).day_micros


def timestamp_input(text: str) -> int:
    """Reads a timestamp without time zone; a zone in the text is ignored."""
    return _moment(text, "timestamp", is_zoned=False)


def timestamptz_input(text: str) -> int:
    return _moment(text, "timestamp with time zone", is_zoned=True)


def _moment(text: str, name: str, *, is_zoned: bool) -> int:
    if (match := _PLAIN_MOMENT.fullmatch(text)) and (plain := _plain(match)) is not None:
        return plain - (_offset(match[8]) * _SECOND if is_zoned else 0)
    read = _read(text, name)
    if read.special == "epoch":
        return 0
    if read.special:
        return -MOMENT_INFINITY if read.special == "-infinity" else MOMENT_INFINITY
    if is_countable(read.year, read.month):
        local = read.day_number * MICROS_A_DAY + read.day_micros
        offset = read.offset if read.zone is None else offset_of_local(read.zone, local)
        value = local - (offset * _SECOND if is_zoned else 0)
        if MOMENT_MIN <= value < MOMENT_END:
            return value
    raise EvaluationError(f'timestamp out of range: "{text}"')


def _plain(match: re.Match[str]) -> int | None:
    """A moment in PostgreSQL's output form; None where the general reader is needed."""
    zone = match[8]
    if zone is not None and len(zone) > 1:
        is_odd = int(zone[1:3]) > _HOURS_MAX or (len(zone) > 3 and int(zone[-2:]) > 59)
        if is_odd:
            return None
    micros = _clock_micros(*match.groups()[3:7])
    try:
        day = date(int(match[1]), int(match[2]), int(match[3])).toordinal() - _ORDINAL
    except ValueError:
        return None
    return None if micros is None else day * MICROS_A_DAY + micros


def _clock_micros(hour: str, minute: str, second: str, digits: str | None) -> int | None:
    hours, minutes, seconds = int(hour), int(minute), int(second)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    micros = int(digits.ljust(6, "0")) if digits else 0
    return ((hours * 60 + minutes) * 60 + seconds) * _SECOND + micros


def _offset(zone: str | None) -> int:
    """Seconds east of UTC for `Z`, `+hh`, `+hhmm` or `+hh:mm`."""
    if zone is None or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[3:].lstrip(":") or 0) * 60
    return -seconds if zone[0] == "-" else seconds


def _read(text: str, name: str, *, is_time: bool = False) -> MomentReader:
    reader, fields = MomentReader(is_time=is_time), fields_of(text, _SIZE_MAX)
    try:
        if not fields:
            raise Refused(FORMAT)
        reader.read(fields)
    except Refused as refused:
        raise EvaluationError(refused.args[0].format(type=name, text=text)) from None
    return reader


MOMENT_INPUTS: Mapping[str, Callable[[str], Value]] = {
    "date": date_input,
    "time without time zone": time_input,
    "timestamp without time zone": timestamp_input,
    "timestamp with time zone": timestamptz_input,
}
