"""LIMIT, OFFSET and DISTINCT ON."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import Key, OverOne, Relation
from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Bounds, Order


@dataclass(frozen=True)
class Limit(OverOne):
    """The rows within `bounds`, in a total order."""

    child: Relation
    bounds: Bounds


@dataclass(frozen=True)
class FirstOfEach(OverOne):
    """DISTINCT ON: the first row of each partition. `order`: a total order within a partition;
    `key`: the columns that `partition` is made of."""

    child: Relation
    partition: tuple[Expression, ...]
    order: Order
    key: Key

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.key, *self.child.keys)
