"""`width_bucket` (manual, "Mathematical Functions"; float.c, numeric.c)."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from materializers.engines.rows.failure import EvaluationError, out_of_range
from materializers.sql.types.expression import Apply

_INTEGER_MAX = 2**31 - 1
_INFINITIES = (math.inf, -math.inf)
Number = Decimal | float | int


def width_bucket(node: Apply) -> Callable[[Number, Number, Number, int], int]:
    """Buckets of equal width between two bounds; the first bound may be the greater one."""
    within = _of_doubles if node.arguments[0].type.is_float else _of_numerics

    def bucket(value: Number, low: Number, high: Number, count: int) -> int:
        _check(value, low, high, count)
        above = value >= low if low < high else value <= low
        if not above:
            return 0
        if value >= high if low < high else value <= high:
            if count == _INTEGER_MAX:
                raise out_of_range("integer")
            return count + 1
        return within(value, low, high, count)

    return bucket


def _check(value: Number, low: Number, high: Number, count: int) -> None:
    if count <= 0:
        raise EvaluationError("count must be greater than zero")
    if any(each != each for each in (value, low, high)):
        raise EvaluationError("operand, lower bound, and upper bound cannot be NaN")
    if any(each in _INFINITIES for each in (low, high)):
        raise EvaluationError("lower and upper bounds must be finite")
    if low == high:
        raise EvaluationError("lower bound cannot equal upper bound")


def _of_numerics(value: Number, low: Number, high: Number, count: int) -> int:
    part = (Fraction(value) - Fraction(low)) / (Fraction(high) - Fraction(low))
    return math.floor(part * count) + 1


def _of_doubles(value: Number, low: Number, high: Number, count: int) -> int:
    one, two, three = float(value), float(low), float(high)
    if math.isinf(three - two):
        one, two, three = one / 2, two / 2, three / 2
    # a value that rounding moves up to the bound is below it
    return min(int(count * ((one - two) / (three - two))), count - 1) + 1
