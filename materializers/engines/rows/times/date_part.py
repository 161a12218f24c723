"""`date_part` of seconds, milliseconds and the epoch: PostgreSQL adds doubles instead of rounding
the exact value (timestamp.c, timestamp_part_common)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from materializers.engines.rows.times.interval_parts import (
    INTERVAL_INFINITY,
    MINUS_INTERVAL_INFINITY,
    truncated,
)
from materializers.engines.rows.times.time_field import over
from materializers.engines.rows.values import MICROS_A_DAY, MOMENT_INFINITY, Interval
from materializers.sql.types.sql_type import TIME, SqlType

Part = Callable[..., float | None]


def part_of(kind: SqlType, field: str) -> Part:
    """`date_part(field, value)` of seconds, milliseconds and the epoch."""
    if kind.name == "interval":
        spans = (INTERVAL_INFINITY, MINUS_INTERVAL_INFINITY)
        return _unless_infinite(_part_of_interval(field), spans, field)
    of_clock = _PARTS[field]
    if kind == TIME:
        return of_clock
    ends = (MOMENT_INFINITY, -MOMENT_INFINITY)
    if field == "epoch":
        return _unless_infinite(of_clock, ends, field)
    return _unless_infinite(lambda moment: of_clock(moment % MICROS_A_DAY), ends, field)


_PARTS: dict[str, Callable[[int], float]] = {
    "second": lambda u: truncated(over(u, 60_000_000), 1_000_000) + over(u, 1_000_000) / 1e6,
    "milliseconds": lambda u: (
        truncated(over(u, 60_000_000), 1_000_000) * 1e3 + over(u, 1_000_000) / 1e3
    ),
    "epoch": lambda u: float(u) / 1e6,
}


def _part_of_interval(field: str) -> Callable[[Interval], float]:
    of_clock = _PARTS[field]
    if field != "epoch":
        return lambda value: of_clock(value.micros)

    def epoch(value: Interval) -> float:
        seconds = of_clock(value.micros) + 31_557_600.0 * truncated(value.months, 12)
        return seconds + 2_592_000.0 * over(value.months, 12) + 86_400.0 * value.days

    return epoch


def _unless_infinite(find: Callable[[Any], float], ends: tuple[Any, Any], field: str) -> Part:
    def result(value: Any) -> float | None:
        if value in ends:
            sign = 1 if value == ends[0] else -1
            return sign * math.inf if field == "epoch" else None
        return find(value)

    return result
