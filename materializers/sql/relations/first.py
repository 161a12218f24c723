"""The first rows of an order: LIMIT, OFFSET and DISTINCT ON."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import Columns, Key, Relation
from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Bounds, Order


@dataclass(frozen=True)
class Limit(Relation):
    """`bounds`: which rows, by a total order."""

    child: Relation
    bounds: Bounds

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return (self.child,)

    @property
    def columns(self) -> Columns:
        return self.child.columns

    @property
    def keys(self) -> tuple[Key, ...]:
        return self.child.keys


@dataclass(frozen=True)
class FirstOfEach(Relation):
    """DISTINCT ON: of the rows that agree in `partition` the first one. `order`: a total order of
    those that do; `key`: the columns that `partition` is made of."""

    child: Relation
    partition: tuple[Expression, ...]
    order: Order
    key: Key

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return (self.child,)

    @property
    def columns(self) -> Columns:
        return self.child.columns

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.key, *self.child.keys)
