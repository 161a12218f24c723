"""UNION ALL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.scalar import Row

Convert = Callable[[Row], Row]


class UnionAll(Operator):
    """`conversions`: for each side, converts its rows to the union's types; None if not needed."""

    def __init__(self, sides: Sequence[Operator], conversions: Sequence[Convert | None]) -> None:
        super().__init__(sides)
        self._conversions = conversions

    def move(self, deltas: Sequence[Delta]) -> Delta:
        united: Delta = []
        for delta, convert in zip(deltas, self._conversions, strict=True):
            united += delta if convert is None else [(convert(row), w) for row, w in delta]
        return united
