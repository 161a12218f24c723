"""Reads intervals in ISO 8601's forms (manual, "Interval Input"; datetime.c,
DecodeISO8601Interval)."""

from __future__ import annotations

import math
import re

from materializers.engines.rows.times.interval_parts import UNIT_MICROS, IntervalParts
from materializers.engines.rows.times.moment_parts import FORMAT, Refused
from materializers.engines.rows.values import MICROS_A_DAY, Interval

_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_AMOUNT_MAX = 1.0e15
_UNITS = (
    {"Y": "year", "M": "month", "W": "week", "D": "day"},
    {"H": "hour", "M": "minute", "S": "second"},
)


def iso_interval(text: str) -> Interval:
    """`P1Y2M3W4DT5H6M7.8S`, `P20060205T040506`, `P0001-02-03T04:05:06`."""
    if len(text) < 2 or text[0] != "P":
        raise Refused(FORMAT)
    parts = IntervalParts()
    date, *clocks = text[1:].split("T")
    _add_half(parts, date, is_clock=False)
    for number, clock in enumerate(clocks, 1):
        _add_half(parts, clock, is_clock=True, is_last=number == len(clocks))
    return parts.interval()


def _add_half(parts: IntervalParts, text: str, *, is_clock: bool, is_last: bool = True) -> None:
    """The part before the `T`, or after it."""
    place = 0
    while place < len(text):
        number = _NUMBER.match(text, place)
        if number is None:
            raise Refused(FORMAT)
        count, part = _split(float(number[0]))
        letter = text[number.end() : number.end() + 1]
        unit = _UNITS[is_clock].get(letter)
        if unit is None:
            if place or not is_last:
                raise Refused(FORMAT)
            _alternative(parts, text, is_clock=is_clock)
            return
        _add(parts, unit, count, part)
        place = number.end() + 1


def _add(parts: IntervalParts, unit: str, count: int, part: float) -> None:
    if unit in UNIT_MICROS:
        parts.add_micros(count, part, UNIT_MICROS[unit])
    elif unit == "year":
        parts.add_years(count, part, 1)
    elif unit == "month":
        parts.add_months(count, part)
    elif unit == "week":
        parts.add_days(count, part, 7)
    else:
        parts.add_days(count, 0, 1)
        parts.add_fraction_of(part, MICROS_A_DAY)


def _alternative(parts: IntervalParts, text: str, *, is_clock: bool) -> None:
    """The alternative forms, without unit letters."""
    units = ("hour", "minute", "second") if is_clock else ("year", "month", "day")
    width = 6 if is_clock else 8
    basic = re.fullmatch(r"-?(\d*)(?:\.\d*)?(?:[eE][-+]?\d+)?", text, re.ASCII)
    if basic is not None and len(basic[1]) == width:
        value, part = _split(float(text))
        sign, digits = -1 if value < 0 else 1, abs(value)
        counts = (digits // 10_000, digits // 100 % 100, digits % 100)
        for unit, count in zip(units, counts, strict=True):
            _add(parts, unit, sign * count, 0)
        parts.add_fraction_of(part, 1 if is_clock else MICROS_A_DAY)
        return
    number, mark = _NUMBER.pattern, ":" if is_clock else "-"
    form = rf"({number})(?:{mark}({number})(?:{mark}({number}))?)?"
    match = re.fullmatch(form, text, re.ASCII)
    if match is None:
        raise Refused(FORMAT)
    for unit, written in zip(units, match.groups(), strict=True):
        if written is not None:
            _add(parts, unit, *_split(float(written)))


def _split(value: float) -> tuple[int, float]:
    if math.isinf(value):
        raise Refused(FORMAT)
    if not -_AMOUNT_MAX <= value <= _AMOUNT_MAX:
        raise OverflowError
    return int(value), value - int(value)
