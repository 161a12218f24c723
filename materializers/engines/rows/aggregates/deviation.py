"""variance and stddev: of numerics exactly (numeric_stddev_internal), of doubles by the method of
Youngs and Cramer (float8_accum)."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from materializers.engines.rows.aggregates.answer import Aggregates, Answer, over_present
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.deviation import deviation
from materializers.engines.rows.numbers.numeric import EXACT, NAN
from materializers.engines.rows.values import Value
from materializers.sql.types.aggregate_call import AggregateCall


def _deviation(*, is_sample: bool, is_root: bool) -> Callable[[AggregateCall], Answer]:
    def choose(call: AggregateCall) -> Answer:
        spread: Callable[[list[Value], bool, bool], Value] = _of_numerics
        if call.arguments[0].type.is_float:
            spread = _of_floats

        def answer(values: list[Value]) -> Value:
            if len(values) <= is_sample:
                return None
            return spread(values, is_sample, is_root)

        return over_present(answer)

    return choose


def _of_numerics(values: list[Decimal], is_sample: bool, is_root: bool) -> Decimal:
    exact = [Decimal(value) for value in values]
    if not all(value.is_finite() for value in exact):
        return NAN
    total, squares = Decimal(0), Decimal(0)
    for value in exact:
        total = EXACT.add(total, value)
        squares = EXACT.add(squares, EXACT.multiply(value, value))
    return deviation(len(exact), total, squares, is_sample, is_root)


def _of_floats(values: list[float], is_sample: bool, is_root: bool) -> float:
    total, spread = 0.0, 0.0
    for count, value in enumerate(values, 1):
        before, total = total, total + value
        if count > 1:
            distance = value * count - total
            spread += distance * distance / (count * (count - 1))
            if math.isinf(total) or math.isinf(spread):
                if not (math.isinf(before) or math.isinf(value)):
                    raise EvaluationError("value out of range: overflow")
                spread = math.nan
        elif not math.isfinite(value):
            spread = math.nan
    variance = spread / (len(values) - is_sample)
    return math.sqrt(variance) if is_root else variance


DEVIATIONS: Aggregates = {
    **dict.fromkeys(("variance", "var_samp"), _deviation(is_sample=True, is_root=False)),
    **dict.fromkeys(("stddev", "stddev_samp"), _deviation(is_sample=True, is_root=True)),
    "var_pop": _deviation(is_sample=False, is_root=False),
    "stddev_pop": _deviation(is_sample=False, is_root=True),
}
