"""Constant rows: VALUES, and SELECT without FROM."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import Column, Columns, Key, Listed
from materializers.sql.types.expression import Constant, Expression
from materializers.sql.types.sql_type import INTEGER


@dataclass(frozen=True)
class Values(Listed):
    """`lines`: the rows, with a value for each column of `listed`. `unique`: the known keys; the
    empty one if there is one row."""

    lines: tuple[tuple[Expression, ...], ...]
    listed: Columns
    unique: tuple[Key, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        return self.unique


def one_row(name: str) -> Values:
    """One row with one column: the input of a SELECT without FROM."""
    return Values(((Constant("1", INTEGER),),), (Column(name, INTEGER, False),), (frozenset(),))
