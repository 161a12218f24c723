"""Semi, anti and mark joins."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.rows.operators.arranged import Arranged
from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.expressions import Test
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.presence import Presence


class _OfLeft(Operator):
    def __init__(self, left: Arranged, right: Arranged, test: Test | None) -> None:
        super().__init__((*left.inputs, *right.inputs), (left, right))
        self._presence = Presence(left, right, test, is_left=True)


class SemiJoin(_OfLeft):
    """The left rows that have a match; with `is_anti`, those that have none."""

    def __init__(
        self, left: Arranged, right: Arranged, test: Test | None, *, is_anti: bool
    ) -> None:
        super().__init__(left, right, test)
        self._is_anti = is_anti

    def move(self, deltas: Sequence[Delta]) -> Delta:
        is_anti, delta = self._is_anti, []
        for row, weight, is_matched in self._presence.of_changes(deltas[0]):
            if is_matched is not is_anti:
                delta.append((row, weight))
        for row, weight, is_matched in self._presence.turned():
            delta.append((row, weight if is_matched is not is_anti else -weight))
        return delta

    def first(self, deltas: Sequence[Delta]) -> Delta:
        told = self._presence.of_changes(deltas[0])
        return [(row, weight) for row, weight, is_m in told if is_m is not self._is_anti]


class MarkJoin(_OfLeft):
    """All left rows, with whether they have a match."""

    def move(self, deltas: Sequence[Delta]) -> Delta:
        delta = [((*row, is_m), w) for row, w, is_m in self._presence.of_changes(deltas[0])]
        for row, weight, is_matched in self._presence.turned():
            delta += [((*row, not is_matched), -weight), ((*row, is_matched), weight)]
        return delta

    def first(self, deltas: Sequence[Delta]) -> Delta:
        return [((*row, is_m), w) for row, w, is_m in self._presence.of_changes(deltas[0])]
