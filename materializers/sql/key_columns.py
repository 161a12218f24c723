"""Expressions that rows are partitioned or sorted by as columns of their own, below a window.

DuckDB takes no expression there that may fail, as a cast of a text or the length of an interval.
"""

from __future__ import annotations

from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation, carried
from materializers.sql.types.expression import ColumnRef, Expression


class KeyColumns:
    """Collects the expressions over one entry. `alias`: begins the columns' names."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self._values: dict[Expression, tuple[str, Expression]] = {}

    def __call__(self, value: Expression) -> Expression:
        """The column that will hold it; itself where it is one."""
        if isinstance(value, ColumnRef):
            return value
        known = self._values.setdefault(value, (f"{self.alias}.k{len(self._values)}", value))
        return ColumnRef(known[0], value.type, value.nullable)

    def below(self, relation: Relation) -> Relation:
        """The entry with those columns behind its own."""
        if not self._values:
            return relation
        return Map(relation, (*carried(relation), *self._values.values()))

    def above(self, relation: Relation) -> Relation:
        """The entry without them."""
        names = {name for name, _ in self._values.values()}
        return (
            Map(relation, tuple(o for o in carried(relation) if o[0] not in names))
            if names
            else relation
        )
