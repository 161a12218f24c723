"""sum and avg of intervals: separate sums of months, days and microseconds."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.rows.operators.accumulators.accumulator import Accumulator, Slots
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.times import interval
from materializers.engines.rows.times.interval_parts import (
    INTERVAL_INFINITY,
    MINUS_INTERVAL_INFINITY,
    checked,
    is_finite,
)
from materializers.engines.rows.values import Interval, Value
from materializers.sql.types.sql_type import BIGINT, WHOLE


class IntervalSum(Accumulator):
    """Slots: the number of values, the sums of the finite ones' parts, and the numbers of
    infinities and negative infinities."""

    kinds = (BIGINT, WHOLE, WHOLE, WHOLE, BIGINT, BIGINT)
    zero = (0, 0, 0, 0, 0, 0)

    def add(self, slots: Slots, values: Row, weight: int) -> None:
        value = values[self.place]
        if value is None:
            return
        at = self.at
        slots[at] += weight
        if is_finite(value):
            for place, part in enumerate(value, at + 1):
                slots[place] += part * weight
        else:
            slots[at + (4 if value == INTERVAL_INFINITY else 5)] += weight

    def answer(self, slots: Sequence[Value]) -> Interval | None:
        return self.total(slots) if slots[self.at] else None

    def total(self, slots: Sequence[Value]) -> Interval:
        """The sum. Raises EvaluationError where it is out of range."""
        months, days, micros, plus, minus = slots[self.at + 1 : self.at + 6]
        if plus and minus:
            return interval.add(INTERVAL_INFINITY, MINUS_INTERVAL_INFINITY)
        if plus or minus:
            return INTERVAL_INFINITY if plus else MINUS_INTERVAL_INFINITY
        return checked(months, days, micros)


class IntervalAverage(IntervalSum):
    def answer(self, slots: Sequence[Value]) -> Interval | None:
        count = slots[self.at]
        return interval.divide(self.total(slots), count) if count else None
