"""A call of an aggregate function, bound: what is meant, and nothing of how it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Order
from materializers.sql.types.sql_type import SqlType


@dataclass(frozen=True, slots=True)
class AggregateCall:
    """One value of a group's rows. `name`: PostgreSQL's, or plain words for what it has none for.
    `count(*)` has no arguments. `order`: total where the answer hangs on it, so that it is the same
    each time; of an ordered-set aggregate the one key of WITHIN GROUP. `options`: what constants
    settled (the fractions of a percentile)."""

    name: str
    arguments: tuple[Expression, ...]
    type: SqlType
    nullable: bool = True
    distinct: bool = False
    order: Order = ()
    filter: Expression | None = None
    options: tuple[str | int, ...] = ()
