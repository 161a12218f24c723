"""UNION ALL: linear in each input."""

from __future__ import annotations

from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import quote


class UnionAll(Operator):
    """Inputs with the same number of columns; the result's are named by `columns`."""

    def __init__(self, inputs: tuple[Operator, ...], columns: tuple[Column, ...]) -> None:
        self.inputs = inputs
        self.columns = columns

    def _select(self, operator: Operator) -> str:
        pairs = zip(operator.columns, self.columns, strict=True)
        return ", ".join(
            f"CAST({quote(a.name)} AS {stored_type(b.type)}) AS {quote(b.name)}" for a, b in pairs
        )

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        parts = [
            f"SELECT {self._select(operator)} FROM ({operator.rows(side, run)})"
            for operator in self.inputs
        ]
        return self.restricted(" UNION ALL ".join(parts), keys)

    def delta(self, run: Run) -> str | None:
        parts = [
            f"SELECT {self._select(operator)}, {WEIGHT} FROM {delta}"
            for operator in self.inputs
            if (delta := run.delta_of(operator)) is not None
        ]
        return f"({' UNION ALL '.join(parts)})" if parts else None
