"""Rows that stand in the view's text: VALUES, and SELECT without FROM."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import Column, Columns, Key, Relation
from materializers.sql.types.expression import Constant, Expression
from materializers.sql.types.sql_type import INTEGER


@dataclass(frozen=True)
class Values(Relation):
    """`lines`: rows of a value for each of the columns `listed`. `unique`: the keys that are
    known, the empty one where it is one row."""

    lines: tuple[tuple[Expression, ...], ...]
    listed: Columns
    unique: tuple[Key, ...]

    @property
    def columns(self) -> Columns:
        return self.listed

    @property
    def keys(self) -> tuple[Key, ...]:
        return self.unique


def one_row(name: str) -> Values:
    """One row with one column: what a SELECT without FROM is worked out over."""
    return Values(((Constant("1", INTEGER),),), (Column(name, INTEGER, False),), (frozenset(),))
