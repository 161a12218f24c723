"""Texts of intervals, in the style `postgres` (datetime.c, EncodeInterval)."""

from __future__ import annotations

from materializers.engines.rows.times.interval_parts import (
    INTERVAL_INFINITY,
    MINUS_INTERVAL_INFINITY,
    truncated,
)
from materializers.engines.rows.times.moment_output import time_output
from materializers.engines.rows.values import Interval


def interval_output(value: Interval) -> str:
    if value == INTERVAL_INFINITY:
        return "infinity"
    if value == MINUS_INTERVAL_INFINITY:
        return "-infinity"
    years = truncated(value.months, 12)
    parts, is_before = list[str](), False
    for count, unit in ((years, "year"), (value.months - years * 12, "mon"), (value.days, "day")):
        if count:
            sign, plural = "+" if is_before and count > 0 else "", "" if count == 1 else "s"
            parts.append(f"{sign}{count} {unit}{plural}")
            is_before = count < 0
    if value.micros or not parts:
        sign = "-" if value.micros < 0 else "+" if is_before else ""
        parts.append(sign + time_output(abs(value.micros)))
    return " ".join(parts)
