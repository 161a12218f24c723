"""The first rows of an order: LIMIT, OFFSET and DISTINCT ON."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import Key, OverOne, Relation
from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Bounds, Order


@dataclass(frozen=True)
class Limit(OverOne):
    """`bounds`: which rows, by a total order."""

    child: Relation
    bounds: Bounds


@dataclass(frozen=True)
class FirstOfEach(OverOne):
    """DISTINCT ON: of the rows that agree in `partition` the first one. `order`: a total order of
    those that do; `key`: the columns that `partition` is made of."""

    child: Relation
    partition: tuple[Expression, ...]
    order: Order
    key: Key

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.key, *self.child.keys)
