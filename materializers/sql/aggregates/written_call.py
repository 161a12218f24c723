"""An aggregate call while it is bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Order
from materializers.sql.types.sql_type import TEXT, UNKNOWN, SqlType


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call with its arguments bound. `order`: its ORDER BY or WITHIN GROUP; `ordered_by`: the
    expressions there; `tiebreak`: orders rows that `order` makes equal; `nodes`: the arguments as
    written, where they must be constants; `is_wide`: every numeric is wide. `fail` makes a
    ViewError that points at the call."""

    name: str
    arguments: tuple[Expression, ...]
    fail: Callable[[str], ViewError]
    star: bool = False
    distinct: bool = False
    order: Order = ()
    ordered_by: tuple[Expression, ...] = ()
    tiebreak: Order = ()
    filter: Expression | None = None
    nodes: tuple[exp.Expr, ...] = ()
    is_wide: bool = False

    @property
    def value(self) -> Expression:
        """The first argument; a bare literal has type text."""
        value = self.arguments[0]
        return value.cast(TEXT) if value.type == UNKNOWN else value

    def bound(
        self,
        kind: SqlType,
        *arguments: Expression,
        nullable: bool = True,
        order: Order = (),
        options: tuple[str | int, ...] = (),
    ) -> AggregateCall:
        """The aggregate call with these arguments and the result type `kind`."""
        return AggregateCall(
            self.name, arguments, kind, nullable, self.distinct, order, self.filter, options
        )


Binding = Callable[[WrittenCall], AggregateCall]
"""Raises ViewError (by `fail`) for a call that does not exist or is not supported."""
