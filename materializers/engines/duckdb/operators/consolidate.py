"""Consolidates a delta: opposite changes of equal rows cancel."""

from __future__ import annotations

from materializers.engines.duckdb.operators.consolidated import consolidated
from materializers.engines.duckdb.operators.operator import Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.sql.relations.relation import Column


class Consolidate(Operator):
    """The relation below, unchanged; see the relation of that name for where it is needed."""

    def __init__(self, child: Operator) -> None:
        self.inputs = (child,)
        self.columns: tuple[Column, ...] = child.columns

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        return self.inputs[0].rows(side, run, keys)

    def delta(self, run: Run) -> str | None:
        delta = self.inputs[0].changes(run)
        if delta is None:
            return None
        name, count = run.temporary(consolidated(self.column_list(), delta))
        return name if count else None
