"""The contract of accumulators: a few slots of a group's state, updated by values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.types.sql_type import SqlType

Slots = list[Value]


class Accumulator(ABC):
    """`kinds`, `zero`: its slots' types, and their values for a group without rows. `place`: the
    index of its first argument among a row's values; `at`: the index of its first slot."""

    kinds: tuple[SqlType, ...] = ()
    zero: tuple[Value, ...] = ()

    def __init__(self, place: int, at: int) -> None:
        self.place = place
        self.at = at

    def take(self, slots: Slots, changes: Delta) -> None:
        """Add the values of a group's changed rows."""
        for values, weight in changes:
            self.add(slots, values, weight)

    @abstractmethod
    def add(self, slots: Slots, values: Row, weight: int) -> None:
        """Add a row's values with the weight."""

    @abstractmethod
    def answer(self, slots: Sequence[Value]) -> Value:
        """The call's result. Raises EvaluationError where PostgreSQL raises an error."""
