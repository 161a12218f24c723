"""Arithmetic of dates and times (date.c, timestamp.c)."""

from __future__ import annotations

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.times import interval
from materializers.engines.rows.times.calendar import (
    DAY_END,
    DAY_MIN,
    JULIAN_EPOCH,
    MOMENT_END,
    MOMENT_MIN,
    civil,
    day_of,
    is_countable,
    month_length,
)
from materializers.engines.rows.times.interval_parts import (
    INT_MAX,
    INTERVAL_INFINITY,
    LONG_MAX,
    LONG_MIN,
    MINUS_INTERVAL_INFINITY,
    is_finite,
)
from materializers.engines.rows.values import (
    DATE_INFINITY,
    MICROS_A_DAY,
    MOMENT_INFINITY,
    Interval,
)

_DATE_INFINITIES = (DATE_INFINITY, -DATE_INFINITY)
_MOMENT_INFINITIES = (MOMENT_INFINITY, -MOMENT_INFINITY)
_MOMENT_DAYS = MOMENT_END // MICROS_A_DAY


def is_infinite(moment: int) -> bool:
    return moment in _MOMENT_INFINITIES


def checked_moment(moment: int) -> int:
    """The finite moment; raises EvaluationError where it is out of PostgreSQL's range."""
    if MOMENT_MIN <= moment < MOMENT_END:
        return moment
    raise EvaluationError("timestamp out of range")


# from one type to another


def moment_of_date(value: int) -> int:
    if value in _DATE_INFINITIES:
        return MOMENT_INFINITY if value > 0 else -MOMENT_INFINITY
    if value >= _MOMENT_DAYS:
        raise EvaluationError("date out of range for timestamp")
    return value * MICROS_A_DAY


def date_of_moment(value: int) -> int:
    if value in _MOMENT_INFINITIES:
        return DATE_INFINITY if value > 0 else -DATE_INFINITY
    return value // MICROS_A_DAY


def time_of_moment(value: int) -> int | None:
    """The time of day; NULL for an infinite moment."""
    return None if value in _MOMENT_INFINITIES else value % MICROS_A_DAY


# dates


def date_plus_days(value: int, days: int) -> int:
    if value in _DATE_INFINITIES:
        return value
    result = value + days
    if DAY_MIN <= result < DAY_END:
        return result
    raise EvaluationError("date out of range")


def days_plus_date(days: int, value: int) -> int:
    return date_plus_days(value, days)


def date_minus_days(value: int, days: int) -> int:
    return date_plus_days(value, -days)


def days_between(one: int, two: int) -> int:
    if one in _DATE_INFINITIES or two in _DATE_INFINITIES:
        raise EvaluationError("cannot subtract infinite dates")
    return one - two


def date_plus_time(value: int, time: int) -> int:
    moment = moment_of_date(value)
    return moment if moment in _MOMENT_INFINITIES else checked_moment(moment + time)


def time_plus_date(time: int, value: int) -> int:
    return date_plus_time(value, time)


# times of day


def time_plus(value: int, span: Interval) -> int:
    _check_finite(span, "add")
    return (value + span.micros) % MICROS_A_DAY


def time_minus(value: int, span: Interval) -> int:
    _check_finite(span, "subtract")
    return (value - span.micros) % MICROS_A_DAY


def _check_finite(span: Interval, what: str) -> None:
    if not is_finite(span):
        joint = "to" if what == "add" else "from"
        raise EvaluationError(f"cannot {what} infinite interval {joint} time")


def between_times(one: int, two: int) -> Interval:
    return Interval(0, 0, one - two)


def interval_of_time(value: int) -> Interval:
    return Interval(0, 0, value)


# timestamps


def plus(moment: int, span: Interval) -> int:
    """Add an interval: months first, clipped to the end of the month, then days, then time."""
    months, days, micros = span
    if moment in _MOMENT_INFINITIES or not is_finite(span):
        return _plus_infinite(moment, span)
    if months or days:
        day, clock = divmod(moment, MICROS_A_DAY)
        if months:
            day = _later(day, months)
            checked_moment(day * MICROS_A_DAY + clock)
        if days:
            day += days
            if not -JULIAN_EPOCH <= day <= INT_MAX - JULIAN_EPOCH:
                raise EvaluationError("timestamp out of range")
            checked_moment(day * MICROS_A_DAY + clock)
        moment = day * MICROS_A_DAY + clock
    moment += micros
    if MOMENT_MIN <= moment < MOMENT_END:
        return moment
    raise EvaluationError("timestamp out of range")


def _later(day: int, months: int) -> int:
    year, month, of_month = civil(day)
    more, month = divmod(month - 1 + months, 12)
    year, month = year + more, month + 1
    if not is_countable(year, month):
        raise EvaluationError("timestamp out of range")
    return day_of(year, month, min(of_month, month_length(year, month)))


def _plus_infinite(moment: int, span: Interval) -> int:
    if is_finite(span):
        return moment
    sign = 1 if span == INTERVAL_INFINITY else -1
    if moment == -sign * MOMENT_INFINITY:
        raise EvaluationError("timestamp out of range")
    return sign * MOMENT_INFINITY


def span_plus(span: Interval, moment: int) -> int:
    return plus(moment, span)


def minus(moment: int, span: Interval) -> int:
    return plus(moment, interval.negated(span))


def between(one: int, two: int) -> Interval:
    """The difference of two moments, in days and time."""
    if one in _MOMENT_INFINITIES or two in _MOMENT_INFINITIES:
        return infinite_between(one, two)
    micros = one - two
    if not LONG_MIN <= micros <= LONG_MAX:
        raise EvaluationError("interval out of range")
    days, rest = divmod(abs(micros), MICROS_A_DAY)
    return Interval(0, days, rest) if micros >= 0 else Interval(0, -days, -rest)


def infinite_between(one: int, two: int) -> Interval:
    """The difference of two moments, one of them infinite."""
    if one == two:
        raise EvaluationError("interval out of range")
    is_later = one == MOMENT_INFINITY or two == -MOMENT_INFINITY
    return INTERVAL_INFINITY if is_later else MINUS_INTERVAL_INFINITY


def age(one: int, two: int) -> Interval:
    """age(): the difference in years, months and days; days are borrowed from the earlier one's
    month."""
    if one in _MOMENT_INFINITIES or two in _MOMENT_INFINITIES:
        return infinite_between(one, two)
    later, earlier, sign = (one, two, 1) if one >= two else (two, one, -1)
    (last, end), (first, start) = divmod(later, MICROS_A_DAY), divmod(earlier, MICROS_A_DAY)
    (year, month, day), (from_year, from_month, from_day) = civil(last), civil(first)
    months, days = (year - from_year) * 12 + month - from_month, day - from_day
    micros = end - start
    if micros < 0:
        days, micros = days - 1, micros + MICROS_A_DAY
    if days < 0:
        months, days = months - 1, days + month_length(from_year, from_month)
    return Interval(sign * months, sign * days, sign * micros)


def overlaps(
    one: int | None, one_end: int | None, two: int | None, two_end: int | None
) -> bool | None:
    """Whether two periods overlap; a NULL end may be any moment (timestamp.c,
    overlaps_timestamp)."""
    start, end = _in_order(one, one_end)
    other, other_end = _in_order(two, two_end)
    if start is None or other is None:
        return None
    is_open = end is None or other_end is None
    if start > other:
        if other_end is not None and start < other_end:
            return True
    elif start < other:
        if end is not None and other < end:
            return True
    else:
        return None if is_open else True
    return None if is_open else False


def _in_order(one: int | None, two: int | None) -> tuple[int | None, int | None]:
    """Start and end of a period."""
    if one is None:
        return two, None
    return (two, one) if two is not None and one > two else (one, two)
