"""Intervals from PostgreSQL's texts (manual, "Interval Input"; datetime.c, DecodeInterval and
DecodeISO8601Interval)."""

from __future__ import annotations

import math
import re

from materializers.engines.rows.digits import counted
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.interval_parts import (
    INTERVAL_INFINITY,
    LONG_MAX,
    LONG_MIN,
    MINUS_INTERVAL_INFINITY,
    IntervalParts,
)
from materializers.engines.rows.moment_parts import FORMAT, Refused, clock_parts, fraction
from materializers.engines.rows.time_fields import IGNORED, WORD_LENGTH, Field, Kind, fields_of
from materializers.engines.rows.values import MICROS_A_DAY, Interval

_MICROS = {
    "microsecond": 1, "millisecond": 1000, "second": 1_000_000, "minute": 60_000_000,
    "hour": 3_600_000_000,
}  # fmt: skip
_YEARS = {"year": 1, "decade": 10, "century": 100, "millennium": 1000}
_WORDS = {
    "microsecond": "us usec useconds usecs microsecon",
    "millisecond": "ms msec mseconds msecs millisecon",
    "second": "s sec second seconds secs",
    "minute": "m min mins minute minutes mm",
    "hour": "h hour hours hr hrs",
    "day": "d day days",
    "week": "w week weeks",
    "month": "mon mons month months",
    "year": "y year years yr yrs",
    "decade": "dec decade decades decs",
    "century": "c cent centuries century",
    "millennium": "mil millennia millennium mils",
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words.split()}
_UNITS |= {word: word for word in "qtr quarter timezone dow doy isodow isoyear j jd julian".split()}
"""The last ones cannot be counted."""
_SPECIAL = {
    "infinity": INTERVAL_INFINITY, "+infinity": INTERVAL_INFINITY,
    "-infinity": MINUS_INTERVAL_INFINITY,
}  # fmt: skip
_MESSAGE = 'interval field value out of range: "{text}"'
_ISO_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_SIZE_MAX = 256
_ISO_MAX = 1.0e15
_ISO_UNITS = (
    {"Y": "year", "M": "month", "W": "week", "D": "day"},
    {"H": "hour", "M": "minute", "S": "second"},
)


def interval_input(text: str) -> Interval:
    """Raises EvaluationError where it is none."""
    try:
        try:
            found = _Verbose().read(fields_of(text, _SIZE_MAX))
        except Refused as refused:
            if refused.args[0] != FORMAT:
                raise
            found = _iso(text)
    except OverflowError:
        raise EvaluationError(_MESSAGE.format(text=text)) from None
    except Refused as refused:
        message = FORMAT if refused.args[0] == FORMAT else _MESSAGE
        raise EvaluationError(message.format(type="interval", text=text)) from None
    return found


class _Verbose:
    """`1 year 2 mons -3 days 04:05:06.7 ago`: read from the end, so that units come before their
    numbers."""

    def __init__(self) -> None:
        self.parts = IntervalParts()
        self._known: set[str] = set()
        self._unit = ""
        self._awaits_number = self._is_ago = False

    def read(self, fields: list[Field] | None) -> Interval:
        if not fields:
            raise Refused(FORMAT)
        if fields[-1].text in _SPECIAL and len(fields) == 1:
            return _SPECIAL[fields[-1].text]
        for place in reversed(range(len(fields))):
            self._field(fields[place], is_last=place == len(fields) - 1)
        if not self._known or self._awaits_number:
            raise Refused(FORMAT)
        if self._is_ago:
            self.parts.negate()
        return self.parts.interval()

    def _field(self, field: Field, *, is_last: bool) -> None:
        kind, text = field
        if kind in (Kind.WORD, Kind.SIGNED_WORD):
            self._word(text, is_last)
        elif kind is Kind.TIME:
            self._clock(text, 1)
        elif kind is Kind.SIGNED and ":" in text and self._is_clock(text[1:]):
            self._clock(text[1:], -1 if text[0] == "-" else 1)
        else:
            self._number(text)

    def _is_clock(self, text: str) -> bool:
        try:
            clock_parts(text)
        except Refused:
            return False
        return True

    def _clock(self, text: str, sign: int) -> None:
        hour, minute, second, micros = clock_parts(text)
        total = ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros
        if total > LONG_MAX:
            raise OverflowError
        # What fractions of days have left there is overwritten, as in PostgreSQL
        self.parts.micros = sign * total
        self._mark("hour", "minute", "second", "millisecond", "microsecond")
        self._unit, self._awaits_number = "day", False

    def _word(self, text: str, is_last: bool) -> None:
        if self._awaits_number:
            raise Refused(FORMAT)
        if text == "ago" and is_last:
            self._is_ago, self._unit = True, text
            return
        if text in IGNORED:
            self._unit = ""
            return
        unit = _UNITS.get(text[:WORD_LENGTH])
        if unit is None:
            raise Refused(FORMAT)
        self._unit, self._awaits_number = unit, True

    def _number(self, text: str) -> None:
        found = re.match(r"[-+]?\d*", text, re.ASCII)
        assert found is not None
        rest = text[found.end() :]
        count = counted(found[0])
        if not LONG_MIN <= count <= LONG_MAX:
            raise OverflowError
        part = 0.0
        sign = -1 if text[0] == "-" else 1
        if rest[:1] == "-":
            count = count * 12 + sign * _months(rest[1:])
            self._unit = "month"
        elif rest[:1] == ".":
            part = sign * fraction(rest)
        elif rest:
            raise Refused(FORMAT)
        self._add(count, part)
        self._awaits_number = False

    def _add(self, count: int, part: float) -> None:
        unit, parts = self._unit or "second", self.parts
        if unit in _MICROS:
            parts.add_micros(count, part, _MICROS[unit])
        elif unit == "day":
            parts.add_days(count, 0, 1)
            parts.add_fraction_of(part, MICROS_A_DAY)
        elif unit == "week":
            parts.add_days(count, part, 7)
        elif unit == "month":
            parts.add_months(count, part)
        elif unit in _YEARS:
            parts.add_years(count, part, _YEARS[unit])
        else:
            raise Refused(FORMAT)
        self._mark(unit, *(("millisecond", "microsecond") if unit == "second" and part else ()))
        self._unit = "day" if unit == "hour" else unit

    def _mark(self, *units: str) -> None:
        if self._known.intersection(units):
            raise Refused(FORMAT)
        self._known.update(units)


def _months(text: str) -> int:
    """The months behind the years in `1-2`."""
    found = re.match(r"\d*", text, re.ASCII)
    assert found is not None
    months = counted(found[0])
    if months >= 12:
        raise OverflowError
    if text[found.end() :]:
        raise Refused(FORMAT)
    return months


# ISO 8601


def _iso(text: str) -> Interval:
    """`P1Y2M3W4DT5H6M7.8S`, `P20060205T040506`, `P0001-02-03T04:05:06`."""
    if len(text) < 2 or text[0] != "P":
        raise Refused(FORMAT)
    parts = IntervalParts()
    date, *clocks = text[1:].split("T")
    _iso_half(parts, date, is_clock=False)
    for number, clock in enumerate(clocks, 1):
        _iso_half(parts, clock, is_clock=True, is_last=number == len(clocks))
    return parts.interval()


def _iso_half(parts: IntervalParts, text: str, *, is_clock: bool, is_last: bool = True) -> None:
    """What stands before the `T`, or behind it."""
    place = 0
    while place < len(text):
        number = _ISO_NUMBER.match(text, place)
        if number is None:
            raise Refused(FORMAT)
        count, part = _split(float(number[0]))
        letter = text[number.end() : number.end() + 1]
        unit = _ISO_UNITS[is_clock].get(letter)
        if unit is None:
            if place or not is_last:
                raise Refused(FORMAT)
            _alternative(parts, text, is_clock=is_clock)
            return
        _iso_add(parts, unit, count, part)
        place = number.end() + 1


def _iso_add(parts: IntervalParts, unit: str, count: int, part: float) -> None:
    if unit in _MICROS:
        parts.add_micros(count, part, _MICROS[unit])
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
    """The forms without letters."""
    units = ("hour", "minute", "second") if is_clock else ("year", "month", "day")
    width = 6 if is_clock else 8
    basic = re.fullmatch(r"-?(\d*)(?:\.\d*)?(?:[eE][-+]?\d+)?", text, re.ASCII)
    if basic is not None and len(basic[1]) == width:
        value, part = _split(float(text))
        sign, digits = -1 if value < 0 else 1, abs(value)
        counts = (digits // 10_000, digits // 100 % 100, digits % 100)
        for unit, count in zip(units, counts, strict=True):
            _iso_add(parts, unit, sign * count, 0)
        parts.add_fraction_of(part, 1 if is_clock else MICROS_A_DAY)
        return
    number, mark = _ISO_NUMBER.pattern, ":" if is_clock else "-"
    form = rf"({number})(?:{mark}({number})(?:{mark}({number}))?)?"
    found = re.fullmatch(form, text, re.ASCII)
    if found is None:
        raise Refused(FORMAT)
    for unit, written in zip(units, found.groups(), strict=True):
        if written is not None:
            _iso_add(parts, unit, *_split(float(written)))


def _split(value: float) -> tuple[int, float]:
    if math.isinf(value):
        raise Refused(FORMAT)
    if not -_ISO_MAX <= value <= _ISO_MAX:
        raise OverflowError
    return int(value), value - int(value)
