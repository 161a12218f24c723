"""All aggregate functions, by the call's name."""

from __future__ import annotations

from materializers.engines.rows.aggregates.answer import Aggregates
from materializers.engines.rows.aggregates.collected import COLLECTED
from materializers.engines.rows.aggregates.deviation import DEVIATIONS
from materializers.engines.rows.aggregates.extreme import EXTREMES
from materializers.engines.rows.aggregates.ordered_set import ORDERED_SETS
from materializers.engines.rows.aggregates.regression import REGRESSIONS
from materializers.engines.rows.aggregates.totals import TOTALS

_FAMILIES = (TOTALS, EXTREMES, DEVIATIONS, COLLECTED, ORDERED_SETS, REGRESSIONS)

AGGREGATES: Aggregates = {name: maker for family in _FAMILIES for name, maker in family.items()}

assert len(AGGREGATES) == sum(map(len, _FAMILIES)), "two families mean one name"
