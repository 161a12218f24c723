"""Constant rows: VALUES, and SELECT without FROM."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.duckdb.operators.operator import Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.render.words import words
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import Expression, quote


class Values(Operator):
    """`lines`: the rows, with a value for each column."""

    def __init__(
        self,
        lines: Sequence[tuple[Expression, ...]],
        columns: tuple[Column, ...],
    ) -> None:
        self.inputs = ()
        self.lines = lines
        self.columns = columns

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        lines = ", ".join(f"({', '.join(map(words, line))})" for line in self.lines)
        listed = ", ".join(quote(column.name) for column in self.columns)
        sql = f"SELECT {listed} FROM (VALUES {lines}) v({listed})"
        return self.restricted(sql, keys)

    def delta(self, run: Run) -> str | None:
        return None
