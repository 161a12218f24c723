"""Texts of intervals (manual, "Interval Input"): verbose, `1-2`, `04:05:06` and ISO 8601.

A fraction is carried to the next smaller unit as in PostgreSQL: from years to months, from months
to days (30 a month), from weeks to days, from days and smaller units to microseconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

_DAY_MICROS = 86_400_000_000
_MICROS = {
    "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "millisecond": 1_000,
    "microsecond": 1,
}  # fmt: skip
_MONTHS = {"month": 1, "year": 12, "decade": 120, "century": 1200, "millennium": 12000}
_UNITS = {
    "y": "year", "yr": "year", "yrs": "year", "mon": "month", "mons": "month", "w": "week",
    "d": "day", "h": "hour", "hr": "hour", "hrs": "hour", "m": "minute", "min": "minute",
    "mins": "minute", "s": "second", "sec": "second", "secs": "second", "ms": "millisecond",
    "msec": "millisecond", "msecs": "millisecond", "us": "microsecond", "usec": "microsecond",
    "usecs": "microsecond", "centuries": "century", "millennia": "millennium", "c": "century",
    "dec": "decade", "decs": "decade",
}  # fmt: skip
_CLOCK = re.compile(r"([-+]?)(\d+):(\d\d?)(?::(\d\d?(?:\.\d*)?))?")
_YEARS_MONTHS = re.compile(r"([-+]?)(\d+)-(\d+)(?=\s|$)")
_DAYS = re.compile(r"([-+]?\d+)(?=\s+[-+]?\d+:)")
_PART = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+))\s*([a-z]+)")
_ISO = re.compile(
    r"P(?:(?P<year>[-\d.]+)Y)?(?:(?P<month>[-\d.]+)M)?(?:(?P<week>[-\d.]+)W)?"
    r"(?:(?P<day>[-\d.]+)D)?(?:T(?:(?P<hour>[-\d.]+)H)?(?:(?P<minute>[-\d.]+)M)?"
    r"(?:(?P<second>[-\d.]+)S)?)?"
)


@dataclass(slots=True)
class IntervalParts:
    """Months, days and microseconds, which PostgreSQL stores separately."""

    months: int = 0
    days: int = 0
    micros: int = 0

    def add(self, amount: Decimal, unit: str) -> None:
        """Add `amount` of a unit."""
        if unit in _MONTHS:
            total = amount * _MONTHS[unit]
            whole = int(total)
            self.months += whole
            if unit == "month":
                self._add_days((total - whole) * 30)
        elif unit in ("week", "day"):
            self._add_days(amount * (7 if unit == "week" else 1))
        else:
            self.micros += _rounded(amount * _MICROS[unit])

    def _add_days(self, days: Decimal) -> None:
        whole = int(days)
        self.days += whole
        self.micros += _rounded((days - whole) * _DAY_MICROS)

    def negate(self) -> None:
        """Change the sign of all three parts."""
        self.months, self.days, self.micros = -self.months, -self.days, -self.micros


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_EVEN))


def parse_interval(text: str) -> IntervalParts | None:
    """The interval that PostgreSQL reads from the text; None where it is not supported."""
    text = text.strip()
    if (iso := _ISO.fullmatch(text)) and len(text) > 1:
        parts = IntervalParts()
        for unit, amount in iso.groupdict().items():
            if amount is not None:
                parts.add(Decimal(amount), unit)
        return parts
    return _verbose(text.lower().removeprefix("@").strip())


def _verbose(text: str) -> IntervalParts | None:
    parts, is_ago = IntervalParts(), text.endswith(" ago")
    text, is_empty = text.removesuffix(" ago"), True
    while text := text.strip():
        patterns = (_YEARS_MONTHS, _DAYS, _CLOCK, _PART)
        piece = next((m for pattern in patterns if (m := pattern.match(text))), None)
        if piece is None:
            return _seconds(text, parts) if is_empty else None
        is_empty = False
        if piece.re is _YEARS_MONTHS:
            months = 12 * int(piece[2]) + int(piece[3])
            parts.months += -months if piece[1] == "-" else months
        elif piece.re is _DAYS:
            parts.days += int(piece[1])
        elif piece.re is _CLOCK:
            _add_clock(parts, piece)
        elif (unit := _unit(piece[2])) is not None:
            parts.add(Decimal(piece[1]), unit)
        else:
            return None
        text = text[piece.end() :]
    if is_ago:
        parts.negate()
    return None if is_empty else parts


def _seconds(text: str, parts: IntervalParts) -> IntervalParts | None:
    """A number without a unit: seconds."""
    if not re.fullmatch(r"[-+]?\d+(\.\d*)?", text):
        return None
    parts.add(Decimal(text), "second")
    return parts


def _add_clock(parts: IntervalParts, match: re.Match[str]) -> None:
    sign = -1 if match[1] == "-" else 1
    for unit, amount in zip(("hour", "minute", "second"), match.groups()[1:], strict=True):
        parts.add(sign * Decimal(amount or 0), unit)


def _unit(word: str) -> str | None:
    word = _UNITS.get(word, word.removesuffix("s"))
    known = {*_MONTHS, *_MICROS, "week", "day"}
    return word if word in known else None
