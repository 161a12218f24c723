"""Builds an interval from parts, within PostgreSQL's bounds."""

from __future__ import annotations

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.values import MICROS_A_DAY, Interval

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1
INTERVAL_INFINITY = Interval(INT_MAX, INT_MAX, LONG_MAX)
MINUS_INTERVAL_INFINITY = Interval(INT_MIN, INT_MIN, LONG_MIN)
DAYS_A_MONTH = 30
UNIT_MICROS = {
    "microsecond": 1, "millisecond": 1000, "second": 1_000_000, "minute": 60_000_000,
    "hour": 3_600_000_000,
}  # fmt: skip
"""Microseconds of the units with a fixed length."""


def checked(months: int, days: int, micros: int) -> Interval:
    """The finite interval; raises EvaluationError where it is out of PostgreSQL's range."""
    if (
        INT_MIN <= months <= INT_MAX
        and INT_MIN <= days <= INT_MAX
        and LONG_MIN <= micros <= LONG_MAX
    ):
        result = Interval(months, days, micros)
        if is_finite(result):
            return result
    raise EvaluationError("interval out of range")


def is_finite(value: Interval) -> bool:
    return value not in (INTERVAL_INFINITY, MINUS_INTERVAL_INFINITY)


def truncated(value: int, unit: int) -> int:
    """The number of units, truncated toward zero."""
    return value // unit if value >= 0 else -(-value // unit)


class IntervalParts:
    """Adds units and their fractions (datetime.c, AdjustDays and the like). Raises OverflowError
    for a part that is out of range."""

    def __init__(self) -> None:
        self.years = self.months = self.days = self.micros = 0

    def add_micros(self, count: int, fraction: float, unit: int) -> None:
        """Add an amount of a unit given in microseconds."""
        self.micros = _long(self.micros + _long(count * unit))
        self.add_fraction_of(fraction, unit)

    def add_fraction_of(self, fraction: float, unit: int) -> None:
        part = fraction * unit
        whole = int(part)
        part -= whole
        whole += 1 if part > 0.5 else -1 if part < -0.5 else 0
        self.micros = _long(self.micros + whole)

    def add_days(self, count: int, fraction: float, unit: int) -> None:
        """Add an amount of a unit given in days."""
        self.days = _int(self.days + _int(_int(count) * unit))
        self._add_fraction_of_days(fraction, unit)

    def _add_fraction_of_days(self, fraction: float, unit: int) -> None:
        part = fraction * unit
        whole = int(part)
        self.days = _int(self.days + whole)
        self.add_fraction_of(part - whole, MICROS_A_DAY)

    def add_months(self, count: int, fraction: float) -> None:
        self.months = _int(self.months + _int(count))
        self._add_fraction_of_days(fraction, DAYS_A_MONTH)

    def add_years(self, count: int, fraction: float, unit: int) -> None:
        """Add an amount of a unit given in years; a fraction becomes whole months."""
        self.years = _int(self.years + _int(_int(count) * unit))
        self.months = _int(self.months + round(fraction * unit * 12))

    def negate(self) -> None:
        self.years, self.months = _int(-self.years), _int(-self.months)
        self.days, self.micros = _int(-self.days), _long(-self.micros)

    def interval(self) -> Interval:
        """The interval; raises EvaluationError where its months are out of range."""
        months = self.years * 12 + self.months
        if not INT_MIN <= months <= INT_MAX:
            raise EvaluationError("interval out of range")
        return Interval(months, self.days, self.micros)


def _int(value: int) -> int:
    if INT_MIN <= value <= INT_MAX:
        return value
    raise OverflowError


def _long(value: int) -> int:
    if LONG_MIN <= value <= LONG_MAX:
        return value
    raise OverflowError
