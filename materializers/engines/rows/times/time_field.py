"""extract() and date_trunc() of dates, times and intervals (timestamp.c, timestamp_part_common,
interval_part_common, timestamp_trunc)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from materializers.engines.rows.numbers.numeric import EXACT
from materializers.engines.rows.times.calendar import (
    JULIAN_EPOCH,
    civil,
    day_of,
    day_of_year,
    iso_week,
    shown_year,
    weekday,
)
from materializers.engines.rows.times.interval_parts import (
    INTERVAL_INFINITY,
    LONG_MAX,
    MINUS_INTERVAL_INFINITY,
    truncated,
)
from materializers.engines.rows.times.moment import checked_moment
from materializers.engines.rows.values import (
    DATE_INFINITY,
    MICROS_A_DAY,
    MOMENT_INFINITY,
    Interval,
)

Field = Callable[..., Decimal | None]

_INFINITY, _MINUS_INFINITY = Decimal("Infinity"), Decimal("-Infinity")
_BOUNDLESS = frozenset("year isoyear decade century millennium julian epoch".split())
"""Fields that are infinite for an infinite moment; the others are NULL for it."""
_BOUNDLESS_OF_INTERVAL = frozenset("hour day year decade century millennium epoch".split())


def moment_of_years(year: int, unit: int) -> int:
    """The century or millennium of a year, by its length; there is none numbered 0."""
    return (year + unit - 1) // unit if year > 0 else -((unit - year) // unit)


def _decade(year: int) -> int:
    return year // 10


_OF_DAY: dict[str, Callable[[int], int]] = {
    "year": lambda day: shown_year(civil(day)[0]),
    "month": lambda day: civil(day)[1],
    "day": lambda day: civil(day)[2],
    "quarter": lambda day: (civil(day)[1] + 2) // 3,
    "dow": lambda day: weekday(day) % 7,
    "isodow": weekday,
    "doy": day_of_year,
    "week": lambda day: iso_week(day)[1],
    "isoyear": lambda day: shown_year(iso_week(day)[0]),
    "decade": lambda day: _decade(civil(day)[0]),
    "century": lambda day: moment_of_years(civil(day)[0], 100),
    "millennium": lambda day: moment_of_years(civil(day)[0], 1000),
    "julian": lambda day: day + JULIAN_EPOCH,
    "epoch": lambda day: day * 86_400,
}


def decimal(unscaled: int, scale: int) -> Decimal:
    """`unscaled` / 10^`scale`, with `scale` decimals."""
    return EXACT.scaleb(Decimal(unscaled), -scale) if scale else Decimal(unscaled)


_OF_CLOCK: dict[str, Callable[[int], Decimal]] = {
    "hour": lambda micros: Decimal(micros // 3_600_000_000),
    "minute": lambda micros: Decimal(micros // 60_000_000 % 60),
    "second": lambda micros: decimal(micros % 60_000_000, 6),
    "milliseconds": lambda micros: decimal(micros % 60_000_000, 3),
    "microseconds": lambda micros: Decimal(micros % 60_000_000),
    "epoch": lambda micros: decimal(micros, 6),
}


def field_of_time(field: str) -> Field:
    return _OF_CLOCK[field]


def field_of_date(field: str) -> Field:
    find = _OF_DAY[field]
    is_boundless = field in _BOUNDLESS

    def result(day: int) -> Decimal | None:
        if day in (DATE_INFINITY, -DATE_INFINITY):
            return _infinite(day) if is_boundless else None
        return Decimal(find(day))

    return result


def field_of_moment(field: str) -> Field:
    find = _moment_field(field)
    is_boundless = field in _BOUNDLESS

    def result(moment: int) -> Decimal | None:
        if moment in (MOMENT_INFINITY, -MOMENT_INFINITY):
            return _infinite(moment) if is_boundless else None
        return find(moment)

    return result


def _moment_field(field: str) -> Callable[[int], Decimal]:
    if field == "epoch":
        return _moment_epoch
    if field == "timezone":
        return lambda moment: Decimal(0)
    if field in _OF_CLOCK:
        of_clock = _OF_CLOCK[field]
        return lambda moment: of_clock(moment % MICROS_A_DAY)
    of_day = _OF_DAY[field]
    return lambda moment: Decimal(of_day(moment // MICROS_A_DAY))


def _moment_epoch(moment: int) -> Decimal:
    """The value; beyond 64 bits PostgreSQL divides as numerics and shows four decimals."""
    return decimal(moment if moment < LONG_MAX else (moment + 50) // 100 * 100, 6)


def _infinite(moment: int) -> Decimal:
    return _INFINITY if moment > 0 else _MINUS_INFINITY


def _interval_epoch(value: Interval) -> Decimal:
    """The epoch of an interval: a year has 365.25 days, a remaining month has 30."""
    years = truncated(value.months, 12)
    quarters = (years * 1461 + (value.months - years * 12) * 120 + value.days * 4) * 21_600
    return decimal(quarters * 1_000_000 + value.micros, 6)


def over(value: int, unit: int) -> int:
    """The remainder after whole units, with the value's sign."""
    return value - truncated(value, unit) * unit


_OF_INTERVAL: dict[str, Callable[[Interval], Decimal]] = {
    "year": lambda value: Decimal(truncated(value.months, 12)),
    "month": lambda value: Decimal(over(value.months, 12)),
    "day": lambda value: Decimal(value.days),
    "decade": lambda value: Decimal(truncated(value.months, 120)),
    "century": lambda value: Decimal(truncated(value.months, 1200)),
    "millennium": lambda value: Decimal(truncated(value.months, 12_000)),
    "hour": lambda value: Decimal(truncated(value.micros, 3_600_000_000)),
    "minute": lambda value: Decimal(truncated(over(value.micros, 3_600_000_000), 60_000_000)),
    "second": lambda value: decimal(over(value.micros, 60_000_000), 6),
    "milliseconds": lambda value: decimal(over(value.micros, 60_000_000), 3),
    "microseconds": lambda value: Decimal(over(value.micros, 60_000_000)),
    "epoch": _interval_epoch,
}


def field_of_interval(field: str) -> Field:
    find = _OF_INTERVAL[field]
    is_boundless = field in _BOUNDLESS_OF_INTERVAL

    def result(value: Interval) -> Decimal | None:
        if value in (INTERVAL_INFINITY, MINUS_INTERVAL_INFINITY):
            return _infinite(value.months) if is_boundless else None
        return find(value)

    return result


# date_trunc

_CLOCK_UNITS = {
    "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "milliseconds": 1_000,
    "microseconds": 1, "day": MICROS_A_DAY,
}  # fmt: skip


def _first_year(year: int, unit: int) -> int:
    """The first year of a century or millennium; of a decade, the one that ends in 0."""
    if unit == 10:
        return _decade(year) * 10
    return moment_of_years(year, unit) * unit - (unit - 1 if year > 0 else -1)


_FIRST_DAYS: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "month": lambda year, month: (year, month),
    "quarter": lambda year, month: (year, (month - 1) // 3 * 3 + 1),
    "year": lambda year, month: (year, 1),
    "decade": lambda year, month: (_first_year(year, 10), 1),
    "century": lambda year, month: (_first_year(year, 100), 1),
    "millennium": lambda year, month: (_first_year(year, 1000), 1),
}


def truncated_to(unit: str) -> Callable[[int], int]:
    """`date_trunc(unit, moment)`."""
    width = _CLOCK_UNITS.get(unit)

    def in_clock(moment: int) -> int:
        if moment in (MOMENT_INFINITY, -MOMENT_INFINITY):
            return moment
        return moment // width * width if width else moment

    def in_week(moment: int) -> int:
        if moment in (MOMENT_INFINITY, -MOMENT_INFINITY):
            return moment
        day = moment // MICROS_A_DAY
        return checked_moment((day - weekday(day) + 1) * MICROS_A_DAY)

    def in_calendar(moment: int) -> int:
        if moment in (MOMENT_INFINITY, -MOMENT_INFINITY):
            return moment
        year, month, _ = civil(moment // MICROS_A_DAY)
        return checked_moment(day_of(*_FIRST_DAYS[unit](year, month), 1) * MICROS_A_DAY)

    return in_clock if width else in_week if unit == "week" else in_calendar
