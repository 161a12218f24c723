"""The proleptic Gregorian calendar.

A day is counted from 1970-01-01. Years are astronomical: 0 is 1 BC, -1 is 2 BC.
"""

from __future__ import annotations

from datetime import date

from materializers.engines.rows.values import MICROS_A_DAY

_ORDINAL = date(1970, 1, 1).toordinal()
_ORDINAL_MAX = date.max.toordinal()
_CYCLE_YEARS = 400
_CYCLE_DAYS = 146_097
"""The calendar, weekdays included, repeats after this many days."""
JULIAN_EPOCH = 2_440_588
"""The Julian day of 1970-01-01."""

DAY_MIN, DAY_END = -JULIAN_EPOCH, 2_147_483_494 - JULIAN_EPOCH
"""The first day that a date may be (4714-11-24 BC), and the first one after the last."""
MOMENT_MIN, MOMENT_END = DAY_MIN * MICROS_A_DAY, 9_224_318_016_000_000_000
"""The same for a timestamp, in microseconds."""

_YEAR_MIN, _YEAR_MAX = -4713, 5_874_898
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def civil(day: int) -> tuple[int, int, int]:
    """Year, month and day of the month."""
    ordinal = day + _ORDINAL
    if 0 < ordinal <= _ORDINAL_MAX:
        gregorian = date.fromordinal(ordinal)
        return gregorian.year, gregorian.month, gregorian.day
    cycle, place = divmod(ordinal - 1, _CYCLE_DAYS)
    gregorian = date.fromordinal(place + 1)
    return gregorian.year + cycle * _CYCLE_YEARS, gregorian.month, gregorian.day


def day_of(year: int, month: int, day: int) -> int:
    """The day of a valid date."""
    if 0 < year < 10_000:
        return date(year, month, day).toordinal() - _ORDINAL
    cycle, place = divmod(year - 1, _CYCLE_YEARS)
    return date(place + 1, month, day).toordinal() - _ORDINAL + cycle * _CYCLE_DAYS


def month_length(year: int, month: int) -> int:
    """The number of days in a month."""
    if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _MONTH_DAYS[month - 1]


def iso_week(day: int) -> tuple[int, int]:
    """ISO year and week."""
    cycle, place = divmod(day + _ORDINAL - 1, _CYCLE_DAYS)
    year, week, _ = date.fromordinal(place + 1).isocalendar()
    return year + cycle * _CYCLE_YEARS, week


def weekday(day: int) -> int:
    """The day of the week: Monday is 1, Sunday is 7."""
    return (day + 3) % 7 + 1


def day_of_year(day: int) -> int:
    """The day of the year, from 1."""
    return day - day_of(civil(day)[0], 1, 1) + 1


def shown_year(year: int) -> int:
    """The year as PostgreSQL counts it: without year 0, so -1 is the year before 1."""
    return year if year > 0 else year - 1


def is_countable(year: int, month: int) -> bool:
    """Whether the month is in the range of PostgreSQL's Julian days."""
    if year == _YEAR_MIN:
        return month >= 11
    return _YEAR_MIN < year < _YEAR_MAX or (year == _YEAR_MAX and month < 6)
