"""Rows that stand in the view's text: VALUES, and SELECT without FROM. They never change."""

from __future__ import annotations

from materializers.operators.operator import Column, Keys, Operator, Side
from materializers.operators.run import Run


class Constant(Operator):
    """`sql`: a SELECT without tables; `keys`: the empty key where it is one row."""

    def __init__(
        self, sql: str, columns: tuple[Column, ...], keys: tuple[frozenset[str], ...]
    ) -> None:
        self.inputs = ()
        self.sql = sql
        self.columns = columns
        self.keys = keys

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        return self.restricted(self.sql, keys)

    def delta(self, run: Run) -> str | None:
        return None

    def describe(self) -> str:
        return f"constant ({', '.join(column.name for column in self.columns)})"
