"""Set-returning functions and LATERAL over one row: rows that are inserted and deleted with it."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.given import Over
from materializers.engines.rows.operators.operator import Operator


class Expand(Operator):
    """`over`: computes the resulting rows of some rows."""

    def __init__(self, child: Operator, over: Over) -> None:
        super().__init__((child,))
        self._over = over

    def move(self, deltas: Sequence[Delta]) -> Delta:
        over = self._over
        return [(expanded, weight) for row, weight in deltas[0] for expanded in over([row])]
