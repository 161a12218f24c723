"""Constant rows."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.expressions import Values as Evaluate
from materializers.engines.rows.operators.operator import Operator


class Values(Operator):
    """`lines`: for each row, a function that returns its values."""

    starts_alone = True

    def __init__(self, lines: Sequence[Evaluate]) -> None:
        super().__init__()
        self._lines = lines

    def move(self, deltas: Sequence[Delta]) -> Delta:
        return [] if self.is_built else self.whole()

    def whole(self) -> Delta:
        return [(line(()), 1) for line in self._lines]
