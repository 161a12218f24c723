"""Writes dates and times as PostgreSQL does, in UTC (datetime.c, EncodeDateTime)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from materializers.engines.rows.times.calendar import civil
from materializers.engines.rows.values import (
    DATE_INFINITY,
    MICROS_A_DAY,
    MOMENT_INFINITY,
    Value,
)

_ORDINAL = date(1970, 1, 1).toordinal()
_ORDINAL_MAX = date.max.toordinal()


def _day(day: int) -> tuple[str, str]:
    """The date, and the suffix after the time (` BC`)."""
    ordinal = day + _ORDINAL
    if 0 < ordinal <= _ORDINAL_MAX:
        return date.fromordinal(ordinal).isoformat(), ""
    year, month, of_month = civil(day)
    shown, era = (year, "") if year > 0 else (1 - year, " BC")
    return f"{shown:04d}-{month:02d}-{of_month:02d}", era


def date_output(value: int) -> str:
    if value == DATE_INFINITY:
        return "infinity"
    if value == -DATE_INFINITY:
        return "-infinity"
    text, era = _day(value)
    return text + era


def time_output(micros: int) -> str:
    seconds, fraction = divmod(micros, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{hour:02d}:{minute:02d}:{second:02d}"
    return f"{text}.{fraction:06d}".rstrip("0") if fraction else text


def _moment(value: int, gap: str, zone: str) -> str:
    if value == MOMENT_INFINITY:
        return "infinity"
    if value == -MOMENT_INFINITY:
        return "-infinity"
    day, micros = divmod(value, MICROS_A_DAY)
    text, era = _day(day)
    return f"{text}{gap}{time_output(micros)}{zone}{era}"


def timestamp_output(value: int) -> str:
    return _moment(value, " ", "")


def timestamptz_output(value: int) -> str:
    return _moment(value, " ", "+00")


def timestamp_json(value: int) -> str:
    """A moment in JSON, without quotes (json.c, JsonEncodeDateTime)."""
    return _moment(value, "T", "")


def timestamptz_json(value: int) -> str:
    return _moment(value, "T", "+00:00")


MOMENT_OUTPUTS: Mapping[str, Callable[[Value], str]] = {
    "date": date_output,
    "time without time zone": time_output,
    "timestamp without time zone": timestamp_output,
    "timestamp with time zone": timestamptz_output,
}
