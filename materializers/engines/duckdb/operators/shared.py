"""A relation with several readers: its delta is stored once a batch, instead of being computed in
the FROM of each."""

from __future__ import annotations

from materializers.engines.duckdb.operators.operator import Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run


class Shared(Operator):
    """The relation below, unchanged."""

    def __init__(self, child: Operator) -> None:
        self.inputs = (child,)
        self.columns = child.columns

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        return self.inputs[0].rows(side, run, keys)

    def delta(self, run: Run) -> str | None:
        delta = self.inputs[0].changes(run)
        return None if delta is None else run.stored(delta)
