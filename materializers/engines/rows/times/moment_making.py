"""make_date and the like, date_bin, time zones, and rounding (date.c, timestamp.c)."""

from __future__ import annotations

import math
from collections.abc import Callable

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.float_text import double_output
from materializers.engines.rows.times.calendar import (
    DAY_END,
    DAY_MIN,
    MOMENT_END,
    MOMENT_MIN,
    day_of,
    is_countable,
    month_length,
)
from materializers.engines.rows.times.interval_output import interval_output
from materializers.engines.rows.times.interval_parts import LONG_MAX, LONG_MIN, is_finite, truncated
from materializers.engines.rows.times.moment import checked_moment, is_infinite
from materializers.engines.rows.times.zone import Zone, offset_at, offset_of_local, zone_named
from materializers.engines.rows.values import MICROS_A_DAY, MOMENT_INFINITY, Interval

_SECOND = 1_000_000
_SINCE_2000 = 946_684_800
"""PostgreSQL counts from the year 2000, which affects rounding."""
_SECONDS_MIN, _SECONDS_END = -210_866_803_200.0, 9_224_318_016_000.0


def make_date(year: int, month: int, day: int) -> int:
    """make_date(): a negative year is BC; there is no year 0."""
    return _day(year, month, day, year + 1 if year < 0 else year)


def _day(year: int, month: int, day: int, shown: int) -> int:
    """The day of a date; `shown`: the year in messages."""
    counted = year + 1 if year < 0 else year
    is_real = year != 0 and 1 <= month <= 12 and 1 <= day <= month_length(counted, month)
    if not is_real:
        raise EvaluationError(f"date field value out of range: {_date_shown(shown, month, day)}")
    if (
        is_countable(counted, month)
        and DAY_MIN <= (result := day_of(counted, month, day)) < DAY_END
    ):
        return result
    raise EvaluationError(f"date out of range: {_date_shown(shown, month, day)}")


def _date_shown(year: int, month: int, day: int) -> str:
    return f"{year}-{month:02d}-{day:02d}"


def make_time(hour: int, minute: int, second: float) -> int:
    """make_time(), up to 24:00:00."""
    micros = round(second * _SECOND) if math.isfinite(second) else -1
    if 0 <= hour <= 24 and 0 <= minute < 60 and 0 <= micros <= 60 * _SECOND:
        result = (hour * 60 + minute) * 60 * _SECOND + micros
        if result <= MICROS_A_DAY:
            return result
    raise EvaluationError(f"time field value out of range: {_time_shown(hour, minute, second)}")


def _time_shown(hour: int, minute: int, second: float) -> str:
    shown = f"{second:02g}" if math.isfinite(second) else double_output(second)
    return f"{hour}:{minute:02d}:{shown}"


def make_timestamp(year: int, month: int, day: int, hour: int, minute: int, second: float) -> int:
    result = _day(year, month, day, year) * MICROS_A_DAY + make_time(hour, minute, second)
    if MOMENT_MIN <= result < MOMENT_END:
        return result
    shown = f"{_date_shown(year, month, day)} {_time_shown(hour, minute, second)}"
    raise EvaluationError(f"timestamp out of range: {shown}")


def moment_of_epoch(seconds: float) -> int:
    """`to_timestamp(seconds)`."""
    if math.isnan(seconds):
        raise EvaluationError("timestamp cannot be NaN")
    if math.isinf(seconds):
        return MOMENT_INFINITY if seconds > 0 else -MOMENT_INFINITY
    if not _SECONDS_MIN <= seconds < _SECONDS_END:
        raise EvaluationError(f'timestamp out of range: "{seconds:g}"')
    return checked_moment(round((seconds - _SINCE_2000) * _SECOND) + _SINCE_2000 * _SECOND)


def date_bin(stride: Interval, moment: int, origin: int) -> int:
    """date_bin(): the start of the bin that contains the moment."""
    if is_infinite(moment):
        return moment
    if is_infinite(origin):
        raise EvaluationError("origin out of range")
    if not is_finite(stride):
        raise EvaluationError("timestamps cannot be binned into infinite intervals")
    if stride.months:
        raise EvaluationError(
            "timestamps cannot be binned into intervals containing months or years"
        )
    width, away = stride.days * MICROS_A_DAY + stride.micros, moment - origin
    if not LONG_MIN <= width <= LONG_MAX:
        raise EvaluationError("interval out of range")
    if width <= 0:
        raise EvaluationError("stride must be greater than zero")
    if not LONG_MIN <= away <= LONG_MAX:
        raise EvaluationError("interval out of range")
    return checked_moment(origin + away // width * width)


def rounded_to(digits: int) -> Callable[[int], int]:
    """Rounds to a number of decimals of a second, halves away from the year 2000."""
    unit, start = int(10 ** (6 - digits)), _SINCE_2000 * _SECOND

    def rounded(moment: int) -> int:
        if is_infinite(moment) or unit == 1:
            return moment
        away = moment - start
        size = (abs(away) + unit // 2) // unit * unit
        return start + (size if away >= 0 else -size)

    return rounded


# zones


def local_in(zone: Zone, moment: int) -> int:
    """An instant -> the local time in a zone."""
    if is_infinite(moment):
        return moment
    return checked_moment(moment + offset_at(zone, moment) * _SECOND)


def instant_in(zone: Zone, local: int) -> int:
    """A local time in a zone -> the instant."""
    if is_infinite(local):
        return local
    return checked_moment(local - offset_of_local(zone, local) * _SECOND)


Move = Callable[[Zone, int], int]


def moved_by_name(move: Move, *, heeds_infinity: bool) -> Callable[[str, int], int]:
    """AT TIME ZONE. `heeds_infinity`: an infinite moment stays, even with an invalid zone."""

    def moved(name: str, moment: int) -> int:
        if heeds_infinity and is_infinite(moment):
            return moment
        return move(zone_named(name), moment)

    return moved


def moved_by_interval(move: Move) -> Callable[[Interval, int], int]:
    def moved(zone: Interval, moment: int) -> int:
        if is_infinite(moment):
            return moment
        if not is_finite(zone):
            raise EvaluationError(f'interval time zone "{interval_output(zone)}" must be finite')
        if zone.months or zone.days:
            raise EvaluationError(
                f'interval time zone "{interval_output(zone)}" must not include months or days'
            )
        return move(truncated(zone.micros, _SECOND), moment)

    return moved
