"""Functions of dates, times and intervals (manual, "Date/Time Functions and Operators"). The
session's zone is UTC."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from materializers.engines.rows.meaning import Chosen, Function, Meanings, source
from materializers.engines.rows.times import interval
from materializers.engines.rows.times.date_part import part_of
from materializers.engines.rows.times.moment import (
    age,
    interval_of_time,
    moment_of_date,
    overlaps,
    time_of_moment,
)
from materializers.engines.rows.times.moment_making import (
    date_bin,
    instant_in,
    local_in,
    make_date,
    make_time,
    make_timestamp,
    moment_of_epoch,
    moved_by_interval,
    moved_by_name,
    rounded_to,
)
from materializers.engines.rows.times.moment_parsing import parsed_date, parsed_moment
from materializers.engines.rows.times.time_field import (
    Field,
    field_of_date,
    field_of_interval,
    field_of_moment,
    field_of_time,
    truncated_to,
)
from materializers.engines.rows.times.zone import zone_named
from materializers.engines.rows.values import DATE_INFINITY, MOMENT_INFINITY
from materializers.sql.types.expression import Apply
from materializers.sql.types.sql_type import DATE, TIME, TIMESTAMPTZ


def _extract(node: Apply) -> Field:
    kind, field = node.arguments[0].type, str(node.options[0])
    if kind.name == "interval":
        return field_of_interval(field)
    if kind == TIME:
        return field_of_time(field)
    return field_of_date(field) if kind == DATE else field_of_moment(field)


def _date_trunc(node: Apply) -> Function:
    unit = str(node.options[0])
    if node.arguments[0].type.name == "interval":
        return interval.truncated_to(unit)
    return truncated_to(unit)


def _timezone(node: Apply) -> Function:
    move = local_in if node.arguments[-1].type == TIMESTAMPTZ else instant_in
    if len(node.arguments) == 1:
        zone = node.options[0]
        return partial(move, zone if isinstance(zone, int) else zone_named(zone))
    if node.arguments[0].type.name == "interval":
        return moved_by_interval(move)
    return moved_by_name(move, heeds_infinity=not node.options)


def _to_timestamp(node: Apply) -> Function:
    return moment_of_epoch if node.arguments[0].type.is_float else parsed_moment(_pattern(node))


def _pattern(node: Apply) -> str:
    return "".join(map(str, node.options))


def _overlaps(node: Apply) -> Function:
    """OVERLAPS; dates are compared as timestamps, as in PostgreSQL."""
    if node.arguments[0].type != DATE:
        return overlaps

    def of_dates(*days: int | None) -> bool | None:
        return overlaps(*[None if day is None else moment_of_date(day) for day in days])

    return of_dates


def _isfinite(node: Apply) -> Callable[[int], bool]:
    bound = DATE_INFINITY if node.arguments[0].type == DATE else MOMENT_INFINITY
    return lambda value: -bound < value < bound


TIMES: Meanings = {
    "extract": Chosen(_extract),
    "date_part": Chosen(lambda node: part_of(node.arguments[0].type, str(node.options[0]))),
    "date_trunc": Chosen(_date_trunc),
    "date_bin": date_bin,
    "make_date": make_date,
    "make_time": make_time,
    "make_timestamp": make_timestamp,
    "make_interval": interval.make_interval,
    "justify_hours": interval.justify_hours,
    "justify_days": interval.justify_days,
    "microseconds": lambda value: Decimal(value.micros),
    "microseconds of time": Decimal,
    "justify_interval": interval.justify_interval,
    "interval of time": interval_of_time,
    "time of moment": time_of_moment,
    "moment precision": Chosen(lambda node: rounded_to(int(node.options[0]))),
    "age": age,
    "overlaps": Chosen(_overlaps, is_strict=False),
    "timezone": Chosen(_timezone),
    "to_date": Chosen(lambda node: parsed_date(_pattern(node))),
    "to_timestamp": Chosen(_to_timestamp),
    "isfinite": Chosen(_isfinite),
    "finite": source("{0}"),
}
