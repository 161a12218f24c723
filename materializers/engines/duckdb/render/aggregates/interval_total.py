"""sum and avg of intervals: exact sums of months, days and microseconds."""

from __future__ import annotations

from materializers.engines.duckdb.render.aggregates.accumulator import (
    Accumulation,
    Accumulator,
    summed,
)
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, is_there
from materializers.engines.duckdb.render.words import words
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import BIGINT, INTERVAL, WHOLE

_PARTS = ("pg_months({0})", "date_part('day', {0})", "pg_micros({0})")


def interval_total(rendered: CallWords) -> Accumulation:
    """`sum(interval)`, or `avg(interval)` with PostgreSQL's division of intervals."""
    call = rendered.call
    value = words(call.arguments[0].cast(INTERVAL))
    sums = [_part(rendered, f"CAST({part.format(value)} AS HUGEINT)") for part in _PARTS]
    present = rendered.masked(f"CASE WHEN {is_there(call.arguments[0])} THEN 1 ELSE 0 END")
    count = summed(BIGINT, f"CAST(coalesce({present}, 0) AS BIGINT)")

    def read(*columns: Expression) -> Expression:
        return Apply("total interval", columns, call.type, options=(call.name,))

    return Accumulation((*sums, count), read)


def _part(rendered: CallWords, part: str) -> Accumulator:
    return summed(WHOLE, f"coalesce({rendered.masked(part)}, 0)")
