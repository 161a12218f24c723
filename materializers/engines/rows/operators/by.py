"""The rows of a relation as they are found: by a key, in an order."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import OverOne, Relation
from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Order


@dataclass(frozen=True)
class By(OverOne):
    """`key`: values over the columns. `is_join`: a row of which one is NULL is found by none."""

    child: Relation
    key: tuple[Expression, ...]
    order: Order = ()
    is_join: bool = False
