"""Rows that stand in the view's text: VALUES, and SELECT without FROM. They never change."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.operators.operator import Column, Keys, Operator, Side
from materializers.operators.run import Run
from materializers.plan.render.words import words
from materializers.plan.types.expression import Constant, Expression, quote
from materializers.plan.types.sql_type import INTEGER


class Values(Operator):
    """`lines`: a value for each column; `keys`: the empty key where it is one row."""

    def __init__(
        self,
        lines: Sequence[tuple[Expression, ...]],
        columns: tuple[Column, ...],
        keys: tuple[frozenset[str], ...],
    ) -> None:
        self.inputs = ()
        self.lines = lines
        self.columns = columns
        self.keys = keys

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        lines = ", ".join(f"({', '.join(map(words, line))})" for line in self.lines)
        listed = ", ".join(quote(column.name) for column in self.columns)
        sql = f"SELECT {listed} FROM (VALUES {lines}) v({listed})"
        return self.restricted(sql, keys)

    def delta(self, run: Run) -> str | None:
        return None

    def describe(self) -> str:
        return f"constant ({', '.join(column.name for column in self.columns)})"


def one_row(name: str) -> Values:
    """One row with one column: what a SELECT without FROM is worked out over."""
    return Values([(Constant("1", INTEGER),)], (Column(name, INTEGER, False),), (frozenset(),))
