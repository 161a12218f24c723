"""Expressions that rows are partitioned or sorted by as columns of their own, below a window.

DuckDB takes no expression there that may fail, as a cast of a text or the length of an interval.
"""

from __future__ import annotations

import re

from materializers.operators.map import Map
from materializers.operators.operator import Column, Operator
from materializers.plan.types.expression import Expression, Words, quote

_COLUMN = re.compile(r'"(?:[^"]|"")+"')


class KeyColumns:
    """Collects the expressions over one relation. `alias`: begins the columns' names."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self._values: dict[str, tuple[str, Expression]] = {}

    def __call__(self, value: Expression) -> Expression:
        """The column that will hold it; itself where it is one."""
        if _COLUMN.fullmatch(value.sql):
            return value
        known = self._values.setdefault(value.sql, (f"{self.alias}.k{len(self._values)}", value))
        return Words(quote(known[0]), value.type, value.nullable)

    def below(self, operator: Operator) -> Operator:
        """The relation with those columns behind its own."""
        if not self._values:
            return operator
        return Map(operator, [*carried(operator), *self._values.values()])

    def above(self, operator: Operator) -> Operator:
        """The relation without them."""
        names = {name for name, _ in self._values.values()}
        return (
            Map(operator, [o for o in carried(operator) if o[0] not in names])
            if names
            else operator
        )


def carried(operator: Operator) -> list[tuple[str, Expression]]:
    """All columns of a relation as outputs of a projection."""
    return [(c.name, column_value(c)) for c in operator.columns]


def column_value(column: Column) -> Expression:
    """A column as an expression."""
    return Words(quote(column.name), column.type, column.nullable)
