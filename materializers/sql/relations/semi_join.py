"""Semi join, anti join and mark join: what EXISTS, IN and their negations become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from materializers.sql.relations.join import Equality
from materializers.sql.relations.relation import Column, Columns, Key, Relation
from materializers.sql.types.expression import Apply, Expression, all_of
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


def with_same(
    left: Relation,
    right: Relation,
    pairs: Sequence[tuple[Expression, Expression]],
    *,
    is_anti: bool = False,
) -> SemiJoin:
    """Rows of the left input with a row in the right one that has the same values, NULLs being the
    same."""
    tests = [
        Apply("IS NOT DISTINCT FROM" if one.nullable else "=", (one, two), BOOLEAN, False)
        for one, two in pairs
    ]
    equal = tuple(Equality(one, two) for one, two in pairs if not one.nullable)
    return SemiJoin(left, right, all_of(tests), equal, is_anti)
