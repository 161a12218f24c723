"""count, sum, avg, bool_and and bool_or, bit_and, bit_or and bit_xor (numeric.c, float.c)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import reduce
from typing import Any

from materializers.engines.rows.aggregates.answer import Aggregates, Answer, Lines, over_present
from materializers.engines.rows.failure import EvaluationError, Unsupported, out_of_range
from materializers.engines.rows.numbers.numeric import EXACT
from materializers.engines.rows.numbers.quotient import divide
from materializers.engines.rows.numbers.single import to_single
from materializers.engines.rows.times import interval
from materializers.engines.rows.values import Interval, Value
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.sql_type import SqlType

_BIGINT_BOUND = 2**63


def overflowing(values: list[float], result: float) -> float:
    """The result; raises EvaluationError where it is infinite but no value is."""
    if math.isinf(result) and not any(map(math.isinf, values)):
        raise EvaluationError("value out of range: overflow")
    return result


def _count(call: AggregateCall) -> Answer:
    def count(lines: Lines) -> int:
        return sum(None not in line for line in lines)

    return count


def _of_doubles(values: list[float]) -> float:
    return overflowing(values, reduce(operator.add, values))


def _of_reals(values: list[float]) -> float:
    return overflowing(values, reduce(lambda one, two: to_single(one + two), values))


def _of_intervals(values: list[Interval]) -> Interval:
    return reduce(interval.add, values)


def _of_numerics(values: list[Decimal]) -> Decimal:
    return reduce(EXACT.add, values)


_TOTALS: Mapping[str, Callable[[list[Any]], Value]] = {
    "real": _of_reals,
    "double precision": _of_doubles,
    "interval": _of_intervals,
    "numeric": _of_numerics,
}


def _total(kind: SqlType) -> Callable[[list[Value]], Value]:
    if kind.is_integer:
        return sum
    if kind.name not in _TOTALS:
        raise Unsupported(f"sum of {kind.name}")
    return _TOTALS[kind.name]


def _sum(call: AggregateCall) -> Answer:
    total = _total(call.arguments[0].type)
    if call.type.name == "bigint":
        return over_present(lambda values: _bigint(total(values)))
    if call.type.name == "numeric" and call.arguments[0].type.is_integer:
        return over_present(lambda values: Decimal(total(values)))
    return over_present(total)


def _bigint(value: int) -> int:
    if not -_BIGINT_BOUND <= value < _BIGINT_BOUND:
        raise out_of_range("bigint")
    return value


def _avg(call: AggregateCall) -> Answer:
    kind = call.arguments[0].type
    total = _total(kind)
    if kind.is_float:
        return over_present(lambda values: total(values) / len(values))
    if kind.name == "interval":
        return over_present(lambda values: interval.divide(total(values), len(values)))
    return over_present(lambda values: divide(Decimal(total(values)), Decimal(len(values))))


def _folded(combine: Callable[[Value, Value], Value]) -> Callable[[AggregateCall], Answer]:
    return lambda call: over_present(lambda values: reduce(combine, values))


TOTALS: Aggregates = {
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    **dict.fromkeys(("bool_and", "every"), lambda call: over_present(all)),
    "bool_or": lambda call: over_present(any),
    "bit_and": _folded(operator.and_),
    "bit_or": _folded(operator.or_),
    "bit_xor": _folded(operator.xor),
}
