"""sum and avg of intervals: months, days and microseconds are summed each by itself, exactly."""

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


def interval_total(said: CallWords) -> Accumulation:
    """`sum(interval)` or `avg(interval)`, the average as PostgreSQL divides intervals."""
    call = said.call
    value = words(call.arguments[0].cast(INTERVAL))
    sums = [_part(said, f"CAST({part.format(value)} AS HUGEINT)") for part in _PARTS]
    present = said.kept_if(f"CASE WHEN {is_there(call.arguments[0])} THEN 1 ELSE 0 END")
    count = summed(BIGINT, f"CAST(coalesce({present}, 0) AS BIGINT)")

    def read(*columns: Expression) -> Expression:
        return Apply("total interval", columns, call.type, options=(call.name,))

    return Accumulation((*sums, count), read)


def _part(said: CallWords, part: str) -> Accumulator:
    return summed(WHOLE, f"coalesce({said.kept_if(part)}, 0)")
