"""The accumulators by aggregate function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from materializers.engines.rows.operators.accumulators.accumulator import Accumulator
from materializers.engines.rows.operators.accumulators.counts import (
    Count,
    CountPairs,
    Every,
    Rows,
    Some,
)
from materializers.engines.rows.operators.accumulators.float_sums import (
    FloatAverage,
    FloatSum,
    SingleSum,
)
from materializers.engines.rows.operators.accumulators.interval_sums import (
    IntervalAverage,
    IntervalSum,
)
from materializers.engines.rows.operators.accumulators.numeric_sums import (
    NumericAverage,
    NumericDeviation,
    NumericSum,
)
from materializers.engines.rows.operators.accumulators.whole_sums import (
    BigintSum,
    WholeAverage,
    WholeSum,
)
from materializers.sql.types.aggregate_call import AggregateCall

Maker = Callable[[int, int], Accumulator]
"""Makes an accumulator, given the indexes of its first argument and its first slot."""

_BY_NAME: Mapping[str, Maker] = {
    "bool_and": Every,
    "every": Every,
    "bool_or": Some,
    "regr_count": CountPairs,
}
_DEVIATIONS: Mapping[str, Maker] = {
    name: partial(NumericDeviation, is_sample=is_sample, is_root=is_root)
    for name, is_sample, is_root in (
        ("variance", True, False),
        ("var_samp", True, False),
        ("stddev", True, True),
        ("stddev_samp", True, True),
        ("var_pop", False, False),
        ("stddev_pop", False, True),
    )
}


def accumulator(call: AggregateCall) -> Maker | None:
    """The call's accumulator; None for a call that is computed from the rows of its group."""
    name = call.name
    if name == "count":
        return Count if call.arguments else Rows
    if name in ("sum", "avg"):
        return _average(call) if name == "avg" else _sum(call)
    if name in _DEVIATIONS:
        return None if call.arguments[0].type.is_float else _DEVIATIONS[name]
    return _BY_NAME.get(name)


def _sum(call: AggregateCall) -> Maker | None:
    kind = call.arguments[0].type
    if kind.is_integer:
        return BigintSum if call.type.name == "bigint" else WholeSum
    makers: dict[str, Maker] = {
        "numeric": NumericSum,
        "real": SingleSum,
        "double precision": FloatSum,
        "interval": IntervalSum,
    }
    return makers.get(kind.name)


def _average(call: AggregateCall) -> Maker | None:
    kind = call.arguments[0].type
    if kind.is_integer:
        return WholeAverage
    makers: dict[str, Maker] = {
        "numeric": NumericAverage,
        "double precision": FloatAverage,
        "interval": IntervalAverage,
    }
    return makers.get(kind.name)
