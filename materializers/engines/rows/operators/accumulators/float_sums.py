"""sum and avg of floats, as the float nearest to the exact sum. So a deleted value leaves no
rounding error, and the order does not matter.

PostgreSQL adds rows in scan order, so that its last digits may differ from run to run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.single import to_single
from materializers.engines.rows.operators.accumulators.accumulator import Accumulator, Slots
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.types.sql_type import BIGINT, WHOLE

_SCALE = 1074
"""Every double is a multiple of 2 to the power of minus this."""
_UNIT = 1 << _SCALE


class FloatSum(Accumulator):
    """Slots: the number of values, the exact sum of the finite ones, and the numbers of infinities,
    negative infinities and NaNs."""

    kinds = (BIGINT, WHOLE, BIGINT, BIGINT, BIGINT)
    zero = (0, 0, 0, 0, 0)

    def add(self, slots: Slots, values: Row, weight: int) -> None:
        value = values[self.place]
        if value is None:
            return
        at = self.at
        slots[at] += weight
        if math.isfinite(value):
            above, below = value.as_integer_ratio()
            slots[at + 1] += weight * (above << (_SCALE - below.bit_length() + 1))
        else:
            slots[at + (2 if value > 0 else 3 if value < 0 else 4)] += weight

    def answer(self, slots: Sequence[Value]) -> float | None:
        return self.total(slots) if slots[self.at] else None

    def total(self, slots: Sequence[Value]) -> float:
        """The sum. Raises EvaluationError where it overflows although all values are finite."""
        total, plus, minus, nan = slots[self.at + 1 : self.at + 5]
        if nan or (plus and minus):
            return math.nan
        if plus or minus:
            return math.inf if plus else -math.inf
        try:
            return float(total / _UNIT)
        except OverflowError:
            raise _overflow() from None


class SingleSum(FloatSum):
    """A sum of type real."""

    def answer(self, slots: Sequence[Value]) -> float | None:
        if not slots[self.at]:
            return None
        total = self.total(slots)
        rounded = to_single(total)
        if math.isinf(rounded) and not math.isinf(total):
            raise _overflow()
        return rounded


class FloatAverage(FloatSum):
    def answer(self, slots: Sequence[Value]) -> float | None:
        count = slots[self.at]
        return self.total(slots) / count if count else None


def _overflow() -> EvaluationError:
    return EvaluationError("value out of range: overflow")
