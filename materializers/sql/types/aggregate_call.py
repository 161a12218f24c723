"""A bound call of an aggregate function, independent of how an engine maintains it."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Order
from materializers.sql.types.sql_type import SqlType


@dataclass(frozen=True, slots=True)
class AggregateCall:
    """`name`: PostgreSQL's, or plain words for an aggregate that it does not have. `count(*)` has
    no arguments. `order`: a total order where the result depends on it; for an ordered-set
    aggregate, the key of WITHIN GROUP. `options`: constant arguments, such as the fractions of a
    percentile."""

    name: str
    arguments: tuple[Expression, ...]
    type: SqlType
    nullable: bool = True
    distinct: bool = False
    order: Order = ()
    filter: Expression | None = None
    options: tuple[str | int, ...] = ()
