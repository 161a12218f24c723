"""What an accumulator is: a few slots of a group's state, and how a value moves them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.types.sql_type import SqlType

Slots = list[Value]


class Accumulator(ABC):
    """`kinds`, `zero`: of its slots, the types and the values of a group without rows. `place`:
    where its first argument stands in the values of a row; `at`: where its slots begin."""

    kinds: tuple[SqlType, ...] = ()
    zero: tuple[Value, ...] = ()

    def __init__(self, place: int, at: int) -> None:
        self.place = place
        self.at = at

    @abstractmethod
    def add(self, slots: Slots, values: Row, weight: int) -> None:
        """Count a row's values so many times more, or less."""

    @abstractmethod
    def answer(self, slots: Sequence[Value]) -> Value:
        """What the call answers. Raises EvaluationError where PostgreSQL raises an error."""
