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
    """`condition`: over the columns of both inputs, `equalities` included; None: every pair. The
    columns of a side that may have no match become nullable."""

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
        """Where rows of the left input without a match stay, the right input's key alone does not
        tell rows apart."""
        sides = [(e.left, e.right) for e in self.equalities]
        left = frozenset(one.column for one, _ in sides if isinstance(one, ColumnRef))
        right = frozenset(two.column for _, two in sides if isinstance(two, ColumnRef))
        if is_unique(self.right, right):
            yield from self.left.keys
        if self.kind == "inner" and is_unique(self.left, left):
            yield from self.right.keys
        yield from (one | two for one, two in product(self.left.keys, self.right.keys))

    def _keys_of_full(self) -> Iterator[Key]:
        """The keys of both sides, where a row without a match on the right cannot look like one
        without a match on the left: a column that is never NULL on its side tells them apart."""
        both = (*self.left.columns, *self.right.columns)
        telling = {column.name for column in both if not column.nullable}
        for one, two in product(self.left.keys, self.right.keys):
            if (one | two) & telling:
                yield one | two
            else:
                yield from (one | two | {name} for name in sorted(telling))


def _nullable(columns: Columns) -> Columns:
    return tuple(replace(column, nullable=True) for column in columns)
