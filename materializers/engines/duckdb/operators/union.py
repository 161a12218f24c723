"""UNION ALL: linear in each input."""

from __future__ import annotations

from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import quote

PARTS_MAX = 50
"""Parts of one statement: with more of them, DuckDB's planning costs more than the parts do."""


class UnionAll(Operator):
    """All rows of the inputs; `columns`: the result's, by position."""

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
            if (delta := operator.changes(run)) is not None
        ]
        if len(parts) <= PARTS_MAX:
            return f"({' UNION ALL '.join(parts)})" if parts else None
        first, *rest = (
            " UNION ALL ".join(parts[place : place + PARTS_MAX])
            for place in range(0, len(parts), PARTS_MAX)
        )
        table, _ = run.temporary(first)
        for each in rest:
            run.execute(f"INSERT INTO {table} {each}")
        return table
