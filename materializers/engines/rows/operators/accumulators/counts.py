"""count, and aggregates computed from counts: bool_and, bool_or."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.rows.operators.accumulators.accumulator import Accumulator, Slots
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.types.sql_type import BIGINT


class Rows(Accumulator):
    """count(*): the number of rows, which every group has in its first slot."""

    def add(self, slots: Slots, values: Row, weight: int) -> None:
        pass

    def answer(self, slots: Sequence[Value]) -> int:
        return int(slots[0])


class Count(Accumulator):
    """count(x): values that are not NULL."""

    kinds, zero = (BIGINT,), (0,)

    def add(self, slots: Slots, values: Row, weight: int) -> None:
        if values[self.place] is not None:
            slots[self.at] += weight

    def answer(self, slots: Sequence[Value]) -> int:
        return int(slots[self.at])


class CountPairs(Count):
    """regr_count: pairs of which neither is NULL."""

    def add(self, slots: Slots, values: Row, weight: int) -> None:
        if values[self.place] is not None and values[self.place + 1] is not None:
            slots[self.at] += weight


class _Truths(Accumulator):
    """The numbers of true and of false values."""

    kinds, zero = (BIGINT, BIGINT), (0, 0)

    def add(self, slots: Slots, values: Row, weight: int) -> None:
        value = values[self.place]
        if value is not None:
            slots[self.at if value else self.at + 1] += weight


class Every(_Truths):
    """bool_and."""

    def answer(self, slots: Sequence[Value]) -> bool | None:
        true, false = slots[self.at : self.at + 2]
        return not false if true or false else None


class Some(_Truths):
    """bool_or."""

    def answer(self, slots: Sequence[Value]) -> bool | None:
        true, false = slots[self.at : self.at + 2]
        return bool(true) if true or false else None
