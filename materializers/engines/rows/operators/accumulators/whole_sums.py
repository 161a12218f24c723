"""sum and avg of integers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from materializers.engines.rows.failure import out_of_range
from materializers.engines.rows.numbers.quotient import divide
from materializers.engines.rows.operators.accumulators.accumulator import Accumulator, Slots
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.types.sql_type import BIGINT, WHOLE

_BIGINT_BOUND = 2**63


class _Wholes(Accumulator):
    """Slots: the number of values, and their sum."""

    kinds, zero = (BIGINT, WHOLE), (0, 0)

    def add(self, slots: Slots, values: Row, weight: int) -> None:
        value = values[self.place]
        if value is not None:
            slots[self.at] += weight
            slots[self.at + 1] += value * weight


class BigintSum(_Wholes):
    """A sum of type bigint."""

    def answer(self, slots: Sequence[Value]) -> int | None:
        count, total = slots[self.at : self.at + 2]
        if not count:
            return None
        if not -_BIGINT_BOUND <= total < _BIGINT_BOUND:
            raise out_of_range("bigint")
        return int(total)


class WholeSum(_Wholes):
    """A sum of type numeric."""

    def answer(self, slots: Sequence[Value]) -> Decimal | None:
        count, total = slots[self.at : self.at + 2]
        return Decimal(total) if count else None


class WholeAverage(_Wholes):
    def answer(self, slots: Sequence[Value]) -> Decimal | None:
        count, total = slots[self.at : self.at + 2]
        return divide(Decimal(total), Decimal(count)) if count else None
