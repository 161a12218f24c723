"""Set-returning functions and SELECTs over one row alone: rows that come and go with that row."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.given import Over
from materializers.engines.rows.operators.operator import Operator


class Expand(Operator):
    """`over`: the rows of some rows."""

    def __init__(self, child: Operator, over: Over) -> None:
        super().__init__((child,))
        self._over = over

    def move(self, deltas: Sequence[Delta]) -> Delta:
        over = self._over
        return [(found, weight) for row, weight in deltas[0] for found in over([row])]
