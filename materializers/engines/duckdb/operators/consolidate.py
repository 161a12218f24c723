"""Consolidates a delta: opposite changes of equal rows cancel."""

from __future__ import annotations

from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side
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
        names = self.column_list()
        comma = ", " if names else ""
        tail = f"GROUP BY {names} HAVING" if names else "HAVING"
        name, count = run.temporary(
            f"SELECT {names}{comma}sum({WEIGHT})::BIGINT AS {WEIGHT} FROM {delta}"
            f" {tail} sum({WEIGHT}) <> 0"
        )
        return name if count else None
