"""PARTITION BY and ORDER BY expressions of a window, computed as columns of its input.

In a window DuckDB accepts no expression that may raise an error, such as a cast of a text.
"""

from __future__ import annotations

from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation, carried
from materializers.sql.types.expression import ColumnRef, Expression


class KeyColumns:
    """Collects the expressions of one window. `alias`: the prefix of their columns' names."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self._values: dict[Expression, tuple[str, Expression]] = {}

    def __call__(self, value: Expression) -> Expression:
        """Add an expression; returns its column. A column is returned as it is."""
        return value if isinstance(value, ColumnRef) else self.added(value)

    def added(self, value: Expression) -> Expression:
        """Add an expression, a column of the query around too; returns its column."""
        known = self._values.setdefault(value, (f"{self.alias}.k{len(self._values)}", value))
        return ColumnRef(known[0], value.type, value.nullable)

    def below(self, relation: Relation) -> Relation:
        """The window's input with the collected columns after its own."""
        if not self._values:
            return relation
        return Map(relation, (*carried(relation), *self._values.values()))

    def above(self, relation: Relation) -> Relation:
        """The window's output without the collected columns."""
        names = {name for name, _ in self._values.values()}
        return (
            Map(relation, tuple(o for o in carried(relation) if o[0] not in names))
            if names
            else relation
        )
