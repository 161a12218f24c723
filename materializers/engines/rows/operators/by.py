"""How a relation's rows are to be looked up: by a key, in an order."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import OverOne, Relation
from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Order


@dataclass(frozen=True)
class By(OverOne):
    """`key`: values over the columns. `is_join`: no key matches a row with a NULL in it."""

    child: Relation
    key: tuple[Expression, ...]
    order: Order = ()
    is_join: bool = False
