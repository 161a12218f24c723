"""Intervals from PostgreSQL's texts (manual, "Interval Input"; datetime.c, DecodeInterval)."""

from __future__ import annotations

import re

from materializers.engines.rows.digits import counted
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.times.interval_iso import iso_interval
from materializers.engines.rows.times.interval_parts import (
    INTERVAL_INFINITY,
    LONG_MAX,
    LONG_MIN,
    MINUS_INTERVAL_INFINITY,
    UNIT_MICROS,
    IntervalParts,
)
from materializers.engines.rows.times.moment_parts import FORMAT, Refused, clock_parts, fraction
from materializers.engines.rows.times.time_fields import (
    IGNORED,
    WORD_LENGTH,
    Field,
    Kind,
    fields_of,
)
from materializers.engines.rows.values import MICROS_A_DAY, Interval

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
"""Those after `millennium` cannot be counted."""
_SPECIAL = {
    "infinity": INTERVAL_INFINITY, "+infinity": INTERVAL_INFINITY,
    "-infinity": MINUS_INTERVAL_INFINITY,
}  # fmt: skip
_MESSAGE = 'interval field value out of range: "{text}"'
_SIZE_MAX = 256
_COUNT, _ISO_COUNT = r"([-+]?\d{1,8})", r"(-?\d{1,8})"
_PLAIN = re.compile(
    rf"(?:{_COUNT} years?(?: |$))?(?:{_COUNT} mons?(?: |$))?(?:{_COUNT} days?(?: |$))?"
    r"(?:([-+]?)(\d{1,8}):([0-5]\d):([0-5]\d)(?:\.(\d{1,6}))?)?",
    re.ASCII,
)
"""PostgreSQL's output form."""
_PLAIN_ISO = re.compile(
    rf"P(?:{_ISO_COUNT}Y)?(?:{_ISO_COUNT}M)?(?:{_ISO_COUNT}D)?"
    rf"(?:T(?:{_ISO_COUNT}H)?(?:{_ISO_COUNT}M)?(?:(-?)(\d{{1,8}})(?:\.(\d{{1,6}}))?S)?)?",
    re.ASCII,
)
"""Debezium's form."""


def interval_input(text: str) -> Interval:
    """Reads an interval; raises EvaluationError for an invalid text."""
    if (match := _PLAIN.fullmatch(text)) and text[:1].strip():
        years, months, days, sign, hours, minutes, *rest = match.groups()
        clock = _micros(hours, minutes, *rest)
        return _interval(years, months, days, -clock if sign == "-" else clock)
    if (match := _PLAIN_ISO.fullmatch(text)) and text[-1] not in "PT":
        years, months, days, hours, minutes, sign, *rest = match.groups()
        seconds = _micros(None, None, *rest)
        clock = _micros(hours, minutes, None, None)
        return _interval(years, months, days, clock + (-seconds if sign else seconds))
    return _any_input(text)


def _interval(years: str | None, months: str | None, days: str | None, micros: int) -> Interval:
    return Interval(int(years or 0) * 12 + int(months or 0), int(days or 0), micros)


def _micros(hours: str | None, minutes: str | None, seconds: str | None, digits: str | None) -> int:
    """Microseconds of a fraction of a second, given its digits."""
    part = int(digits.ljust(6, "0")) if digits else 0
    clock = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return clock * 1_000_000 + part


def _any_input(text: str) -> Interval:
    try:
        try:
            result = _Verbose().read(fields_of(text, _SIZE_MAX))
        except Refused as refused:
            if refused.args[0] != FORMAT:
                raise
            result = iso_interval(text)
    except OverflowError:
        raise EvaluationError(_MESSAGE.format(text=text)) from None
    except Refused as refused:
        message = FORMAT if refused.args[0] == FORMAT else _MESSAGE
        raise EvaluationError(message.format(type="interval", text=text)) from None
    return result


class _Verbose:
    """Reads `1 year 2 mons -3 days 04:05:06.7 ago` from the end, so that units come before their
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
        # overwrites what fractions of days have left there, as PostgreSQL does
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
        match = re.match(r"[-+]?\d*", text, re.ASCII)
        assert match is not None
        rest = text[match.end() :]
        count = counted(match[0])
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
        if unit in UNIT_MICROS:
            parts.add_micros(count, part, UNIT_MICROS[unit])
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
    """The months after the years in `1-2`."""
    match = re.match(r"-?\d+|", text, re.ASCII)
    assert match is not None
    months = counted(match[0])
    if not 0 <= months < 12:
        raise OverflowError
    if text[match.end() :]:
        raise Refused(FORMAT)
    return months
