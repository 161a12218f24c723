"""What is kept for any aggregate call.

Linear ones are kept as sums; min and max are merged, and worked out again where the extreme may
have left; the rest is worked out again for every touched group.
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

assert len(ACCUMULATIONS) == sum(map(len, _FAMILIES)), "two families keep one name"


def accumulation(call: AggregateCall, over: str = "") -> Accumulation:
    """What is kept for a call per group; what is worked out per row, with `over`, an OVER
    clause."""
    return ACCUMULATIONS[call.name](CallWords(call, over))


def distinct_values(call: AggregateCall) -> tuple[Distinct, ...]:
    """What a stage of its own keeps for a call."""
    found = (each.distinct for each in accumulation(call).accumulators)
    return tuple(each for each in found if each is not None)
