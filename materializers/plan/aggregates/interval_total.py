"""sum and avg of intervals: months, days and microseconds are summed each by itself, exactly."""

from __future__ import annotations

from materializers.plan.aggregates.accumulator import Accumulator, Aggregate, AggregateCall, Rule
from materializers.plan.render.words import words
from materializers.plan.types.sql_type import INTERVAL, SqlType

_PARTS = ("pg_months({0})", "date_part('day', {0})", "pg_micros({0})")
_KEPT = SqlType("interval", is_kept_as_text=True)


def interval_total(call: AggregateCall) -> Aggregate:
    """`sum(interval)` or `avg(interval)`, the average as PostgreSQL divides intervals."""
    if call.distinct:
        raise call.fail(f"{call.name}(DISTINCT interval) is not supported")
    value = words(call.arguments[0].cast(INTERVAL))
    sums = tuple(_sum(call, f"CAST({part.format(value)} AS HUGEINT)") for part in _PARTS)
    present = call.kept_if(f"CASE WHEN {words(call.arguments[0])} IS NOT NULL THEN 1 ELSE 0 END")
    count = f"CAST(coalesce({present}, 0) AS BIGINT)"
    counted = Accumulator(Rule.SUM, "BIGINT", count, f"coalesce(sum({count}), 0)::BIGINT")
    sql = "pg_make_interval({0}, {1}, {2})"
    if call.name == "avg":
        means = ", ".join(f"CAST({{{i}}} AS DOUBLE) / {{3}}" for i in range(3))
        sql = f"pg_interval_scaled({means})"
    sql = f"CASE WHEN {{3}} > 0 THEN pg_interval_iso({sql}) END"
    return Aggregate((*sums, counted), sql, _KEPT)


def _sum(call: AggregateCall, part: str) -> Accumulator:
    sql = f"coalesce({call.kept_if(part)}, 0)"
    return Accumulator(Rule.SUM, "HUGEINT", sql, f"coalesce(sum({sql}), 0)::HUGEINT")
