"""Joins: inner, left and full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Literal

from materializers.sql.relations.relation import Columns, Key, Relation, is_unique
from materializers.sql.types.expression import ColumnRef, Expression

Kind = Literal["inner", "left", "full"]


@dataclass(frozen=True, slots=True)
class Equality:
    """`left = right` in a join's condition, each over the columns of one input."""

    left: Expression
    right: Expression


@dataclass(frozen=True)
class Join(Relation):
    """`condition`: over the columns of both inputs, `equalities` included; None: cross join. The
    columns of an outer join's nullable side become nullable."""

    kind: Kind
    left: Relation
    right: Relation
    condition: Expression | None = None
    equalities: tuple[Equality, ...] = ()

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return (self.left, self.right)

    @cached_property
    def columns(self) -> Columns:
        left, right = self.left.columns, self.right.columns
        if self.kind == "full":
            left = _nullable(left)
        return (*left, *(right if self.kind == "inner" else _nullable(right)))

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        return tuple(self._keys_of_full() if self.kind == "full" else self._keys())

    def _keys(self) -> Iterator[Key]:
        """The keys of an inner or left join. The right input's key alone is no key of a left join,
        whose unmatched rows all have NULL there."""
        sides = [(e.left, e.right) for e in self.equalities]
        left = frozenset(one.column for one, _ in sides if isinstance(one, ColumnRef))
        right = frozenset(two.column for _, two in sides if isinstance(two, ColumnRef))
        if is_unique(self.right, right):
            yield from self.left.keys
        if self.kind == "inner" and is_unique(self.left, left):
            yield from self.right.keys
        yield from (one | two for one, two in product(self.left.keys, self.right.keys))

    def _keys_of_full(self) -> Iterator[Key]:
        """Pairs of the sides' keys that contain a column that is never NULL on its side: it
        distinguishes rows unmatched on the right from rows unmatched on the left."""
        both = (*self.left.columns, *self.right.columns)
        telling = {column.name for column in both if not column.nullable}
        for one, two in product(self.left.keys, self.right.keys):
            if (one | two) & telling:
                yield one | two
            else:
                yield from (one | two | {name} for name in sorted(telling))


def _nullable(columns: Columns) -> Columns:
    return tuple(replace(column, nullable=True) for column in columns)
