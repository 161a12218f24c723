"""Texts of intervals, in the style `postgres` (datetime.c, EncodeInterval) and in ISO 8601's."""

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


def interval_iso_output(value: Interval) -> str:
    """In the text of the envelope: `P1Y2M3DT4H5M6.7S`, each part with its own sign."""
    if value == INTERVAL_INFINITY:
        return "infinity"
    if value == MINUS_INTERVAL_INFINITY:
        return "-infinity"
    years = truncated(value.months, 12)
    minutes, micros = divmod(abs(value.micros), 60_000_000)
    seconds = f"{micros // 1_000_000}.{micros % 1_000_000:06d}".rstrip("0").rstrip(".")
    clock = [f"{minutes // 60}", f"{minutes % 60}", seconds]
    if value.micros < 0:
        clock = [part if part == "0" else f"-{part}" for part in clock]
    date = f"{years}Y{value.months - years * 12}M{value.days}D"
    return "P{}T{}H{}M{}S".format(date, *clock)
