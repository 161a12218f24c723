"""sum and avg of floats, as the float nearest to the exact sum: so a value that goes leaves nothing
behind, and no order counts.

PostgreSQL adds in the order in which rows are met, and differs from run to run in the last digits.
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
"""Every double is a whole number of 2 to the power of minus that."""
_UNIT = 1 << _SCALE


class FloatSum(Accumulator):
    """How many values there are, the exact sum of the finite ones, how many are infinite, minus
    infinite and NaN."""

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
        """The sum. Raises EvaluationError where it is none although all values are finite."""
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
    """A sum that is a real."""

    def answer(self, slots: Sequence[Value]) -> float | None:
        if not slots[self.at]:
            return None
        total = self.total(slots)
        found = to_single(total)
        if math.isinf(found) and not math.isinf(total):
            raise _overflow()
        return found


class FloatAverage(FloatSum):
    def answer(self, slots: Sequence[Value]) -> float | None:
        count = slots[self.at]
        return self.total(slots) / count if count else None


def _overflow() -> EvaluationError:
    return EvaluationError("value out of range: overflow")
