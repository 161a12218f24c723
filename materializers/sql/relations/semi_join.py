"""Semi join, anti join and mark join: for EXISTS, IN and their negations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from materializers.sql.relations.join import Equality
from materializers.sql.relations.relation import Column, Columns, Key, Relation
from materializers.sql.types.expression import Apply, Expression, all_of
from materializers.sql.types.sql_type import BOOLEAN


class _OfLeft(Relation):
    """A join whose rows are the left input's."""

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
    """The left rows that have a match in the right input; with `is_anti`, those that have none.
    `condition` as in Join; only true is a match."""

    left: Relation
    right: Relation
    condition: Expression | None
    equalities: tuple[Equality, ...]
    is_anti: bool = False


@dataclass(frozen=True)
class MarkJoin(_OfLeft):
    """All left rows, with a column `mark`: whether the row has a match."""

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
    """A semi or anti join on pairs of values that are not distinct: NULL equals NULL."""
    tests = [
        Apply("IS NOT DISTINCT FROM" if one.nullable else "=", (one, two), BOOLEAN, False)
        for one, two in pairs
    ]
    equal = tuple(Equality(one, two) for one, two in pairs if not one.nullable)
    return SemiJoin(left, right, all_of(tests), equal, is_anti)
