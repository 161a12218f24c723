"""The accumulators of all aggregate functions.

Linear functions have sums. min and max are merged, and recomputed where the extreme may be deleted.
All others are recomputed for every touched group.
"""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.duckdb.render.aggregates.accumulator import Accumulation, Distinct
from materializers.engines.duckdb.render.aggregates.call_words import CallWords, Maker
from materializers.engines.duckdb.render.aggregates.collected import COLLECTED_WORDS
from materializers.engines.duckdb.render.aggregates.deviation import DEVIATION_WORDS
from materializers.engines.duckdb.render.aggregates.extreme import EXTREMES
from materializers.engines.duckdb.render.aggregates.ordered_set import ORDERED_SET_WORDS
from materializers.engines.duckdb.render.aggregates.regression import REGRESSION_WORDS
from materializers.engines.duckdb.render.aggregates.totals import TOTALS
from materializers.sql.types.aggregate_call import AggregateCall

_FAMILIES = (
    TOTALS,
    EXTREMES,
    DEVIATION_WORDS,
    COLLECTED_WORDS,
    ORDERED_SET_WORDS,
    REGRESSION_WORDS,
)

ACCUMULATIONS: Mapping[str, Maker] = {
    name: maker for family in _FAMILIES for name, maker in family.items()
}

assert len(ACCUMULATIONS) == sum(map(len, _FAMILIES)), "two families have one name"


def accumulation(call: AggregateCall, over: str = "") -> Accumulation:
    """A call's accumulators per group; with `over` (an OVER clause), the same per row."""
    return ACCUMULATIONS[call.name](CallWords(call, over))


def distinct_values(call: AggregateCall) -> tuple[Distinct, ...]:
    """The distinct values that a call needs, each with a stage of its own."""
    values = (each.distinct for each in accumulation(call).accumulators)
    return tuple(each for each in values if each is not None)
