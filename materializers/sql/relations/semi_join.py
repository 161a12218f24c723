"""Semi join, anti join and mark join: what EXISTS, IN and their negations become."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.join import Equality
from materializers.sql.relations.relation import Column, Columns, Key, Relation
from materializers.sql.types.expression import Expression
from materializers.sql.types.sql_type import BOOLEAN


class _OfLeft(Relation):
    """The rows of the left input, told by what they match in the right one."""

    left: Relation
    right: Relation

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return (self.left, self.right)

    @property
    def columns(self) -> Columns:
        return self.left.columns

    @property
    def keys(self) -> tuple[Key, ...]:
        return self.left.keys


@dataclass(frozen=True)
class SemiJoin(_OfLeft):
    """Rows of the left input that have a match in the right one, or with `is_anti` that have none.
    `condition` as in Join: what is not true is no match."""

    left: Relation
    right: Relation
    condition: Expression | None
    equalities: tuple[Equality, ...]
    is_anti: bool = False


@dataclass(frozen=True)
class MarkJoin(_OfLeft):
    """Every row of the left input, and the column `mark`: whether it has a match."""

    left: Relation
    right: Relation
    condition: Expression | None
    equalities: tuple[Equality, ...]
    mark: str

    @property
    def columns(self) -> Columns:
        return (*self.left.columns, Column(self.mark, BOOLEAN, False))
