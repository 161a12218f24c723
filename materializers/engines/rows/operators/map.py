"""Filter and project."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.rows.operators.delta import Delta, Write, consolidated
from materializers.engines.rows.operators.expressions import Test, Values
from materializers.engines.rows.operators.operator import Operator


class Map(Operator):
    """`outputs`: None for the unchanged row; `test`: None for all rows."""

    def __init__(self, child: Operator, outputs: Values | None, test: Test | None) -> None:
        super().__init__((child,))
        self._outputs = outputs
        self._test = test

    def move(self, deltas: Sequence[Delta]) -> Delta:
        (delta,) = deltas
        outputs, test = self._outputs, self._test
        if test is not None:
            # outputs are not evaluated for rows that are filtered out
            delta = [each for each in delta if test(each[0])]
        return delta if outputs is None else [(outputs(row), weight) for row, weight in delta]


class Consolidate(Operator):
    """Its input with a consolidated delta."""

    def __init__(self, child: Operator, write: Write) -> None:
        super().__init__((child,))
        self._write = write

    def move(self, deltas: Sequence[Delta]) -> Delta:
        return list(consolidated(deltas[0], self._write).values())
