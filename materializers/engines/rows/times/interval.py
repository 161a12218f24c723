"""Interval arithmetic (timestamp.c): `+ - * /`, justify, date_trunc, make_interval."""

from __future__ import annotations

import math
from collections.abc import Callable

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.times.interval_parts import (
    DAYS_A_MONTH,
    INTERVAL_INFINITY,
    LONG_MAX,
    MINUS_INTERVAL_INFINITY,
    checked,
    is_finite,
    truncated,
)
from materializers.engines.rows.values import MICROS_A_DAY, Interval, interval_length

_MONTHS = {
    "month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000,
}  # fmt: skip
_MICROS = {
    "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "milliseconds": 1_000,
    "microseconds": 1,
}  # fmt: skip
_DAY_SECONDS = 86_400


def _out_of_range() -> EvaluationError:
    return EvaluationError("interval out of range")


def negated(value: Interval) -> Interval:
    if is_finite(value):
        return checked(-value.months, -value.days, -value.micros)
    return MINUS_INTERVAL_INFINITY if value == INTERVAL_INFINITY else INTERVAL_INFINITY


def add(one: Interval, two: Interval) -> Interval:
    if is_finite(one) and is_finite(two):
        return checked(one.months + two.months, one.days + two.days, one.micros + two.micros)
    if is_finite(one) or one == two:
        return two
    if is_finite(two):
        return one
    raise _out_of_range()


def subtract(one: Interval, two: Interval) -> Interval:
    if is_finite(one) and is_finite(two):
        return checked(one.months - two.months, one.days - two.days, one.micros - two.micros)
    return one if is_finite(two) else add(one, negated(two))


def multiply(value: Interval, factor: float) -> Interval:
    """Scales an interval; fractions of months become days, fractions of days become time."""
    if math.isnan(factor):
        raise _out_of_range()
    if not is_finite(value):
        if factor == 0:
            raise _out_of_range()
        return negated(value) if factor < 0 else value
    if math.isinf(factor):
        length = interval_length(value)
        if length == 0:
            raise _out_of_range()
        return INTERVAL_INFINITY if length * factor > 0 else MINUS_INTERVAL_INFINITY
    return _scaled(value.months * factor, value.days * factor, value.micros * factor)


def divide(value: Interval, divisor: float) -> Interval:
    if divisor == 0:
        raise EvaluationError("division by zero")
    if math.isnan(divisor):
        raise _out_of_range()
    if not is_finite(value):
        if math.isinf(divisor):
            raise _out_of_range()
        return negated(value) if divisor < 0 else value
    return _scaled(value.months / divisor, value.days / divisor, value.micros / divisor)


def _scaled(months: float, days: float, micros: float) -> Interval:
    try:
        whole_months, whole_days = int(months), int(days)
        over_days = _to_micro((months - whole_months) * DAYS_A_MONTH)
        over = _to_micro((days - whole_days + over_days - int(over_days)) * _DAY_SECONDS)
        if abs(over) >= _DAY_SECONDS:
            more = int(over / _DAY_SECONDS)
            whole_days += more
            over -= more * _DAY_SECONDS
        return checked(whole_months, whole_days + int(over_days), round(micros + over * 1_000_000))
    except (OverflowError, ValueError):
        raise _out_of_range() from None


def _to_micro(value: float) -> float:
    """Rounded to six decimals."""
    return round(value * 1_000_000.0) / 1_000_000.0


# justified


def justify_hours(value: Interval) -> Interval:
    """justify_hours(): 24 hours become a day."""
    if not is_finite(value):
        return value
    more = truncated(value.micros, MICROS_A_DAY)
    days, micros = _alike(value.days + more, value.micros - more * MICROS_A_DAY, MICROS_A_DAY)
    return checked(value.months, days, micros)


def justify_days(value: Interval) -> Interval:
    """justify_days(): 30 days become a month."""
    if not is_finite(value):
        return value
    more = truncated(value.days, DAYS_A_MONTH)
    months, days = _alike(value.months + more, value.days - more * DAYS_A_MONTH, DAYS_A_MONTH)
    return checked(months, days, value.micros)


def justify_interval(value: Interval) -> Interval:
    """justify_interval(): both, and the same sign for all parts."""
    if not is_finite(value):
        return value
    more = truncated(value.micros, MICROS_A_DAY)
    days, micros = value.days + more, value.micros - more * MICROS_A_DAY
    more = truncated(days, DAYS_A_MONTH)
    months, days = value.months + more, days - more * DAYS_A_MONTH
    if months > 0 and (days < 0 or (days == 0 and micros < 0)):
        months, days = months - 1, days + DAYS_A_MONTH
    elif months < 0 and (days > 0 or (days == 0 and micros > 0)):
        months, days = months + 1, days - DAYS_A_MONTH
    days, micros = _alike(days, micros, MICROS_A_DAY)
    return checked(months, days, micros)


def _alike(large: int, small: int, unit: int) -> tuple[int, int]:
    """Give two parts the same sign."""
    if large > 0 and small < 0:
        return large - 1, small + unit
    if large < 0 and small > 0:
        return large + 1, small - unit
    return large, small


# made and shortened


def truncated_to(unit: str) -> Callable[[Interval], Interval]:
    """`date_trunc(unit, interval)`."""

    def of_months(value: Interval) -> Interval:
        if not is_finite(value):
            return value
        return Interval(truncated(value.months, _MONTHS[unit]) * _MONTHS[unit], 0, 0)

    def of_days(value: Interval) -> Interval:
        return value._replace(micros=0) if is_finite(value) else value

    def of_micros(value: Interval) -> Interval:
        if not is_finite(value):
            return value
        return value._replace(micros=truncated(value.micros, _MICROS[unit]) * _MICROS[unit])

    return of_months if unit in _MONTHS else of_days if unit == "day" else of_micros


def make_interval(
    years: int, months: int, weeks: int, days: int, hours: int, minutes: int, *seconds: float
) -> Interval:
    (second,) = seconds
    if not math.isfinite(second):
        raise _out_of_range()
    micros = round(second * 1_000_000)
    if abs(micros) > LONG_MAX:
        raise _out_of_range()
    clock = (hours * 60 + minutes) * 60_000_000
    return checked(years * 12 + months, weeks * 7 + days, clock + micros)
