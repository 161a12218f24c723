"""percentile_cont, percentile_disc and mode (orderedsetaggs.c). A line is the value of WITHIN
GROUP; the lines come in its order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from materializers.engines.rows.aggregates.answer import Aggregates, Answer, over_present
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.values import Value
from materializers.sql.types.aggregate_call import AggregateCall


def _percentile(pick: Callable[[list[Value], float], Value]) -> Callable[[AggregateCall], Answer]:
    def choose(call: AggregateCall) -> Answer:
        fractions = [float(each) for each in call.options]
        if call.type == call.order[0].value.type:
            return over_present(lambda values: pick(values, fractions[0]))
        return over_present(lambda values: tuple([pick(values, each) for each in fractions]))

    return choose


def _between(values: list[float], fraction: float) -> float:
    place = fraction * (len(values) - 1)
    low, high = values[math.floor(place)], values[math.ceil(place)]
    return low if low == high else low + (place - math.floor(place)) * (high - low)


def _one_of(values: list[Value], fraction: float) -> Value:
    return values[max(math.ceil(fraction * len(values)), 1) - 1]


def _mode(call: AggregateCall) -> Answer:
    key = row_key([call.order[0].value.type])

    def most(values: list[Value]) -> Value:
        counts = Counter(key((value,)) for value in values)
        return max(values, key=lambda value: counts[key((value,))])

    return over_present(most)


ORDERED_SETS: Aggregates = {
    "percentile_cont": _percentile(_between),
    "percentile_disc": _percentile(_one_of),
    "mode": _mode,
}
