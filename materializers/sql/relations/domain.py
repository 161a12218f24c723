"""The domain of a nested SELECT: the distinct values that it reads of the outer query.

While the nested SELECT is planned, the outer query's relation is not complete yet. Until it is, a
`Domain` stands for the values; a finished plan contains none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from materializers.sql.relations.nested import Nested
from materializers.sql.relations.relation import Columns, Key, Listed, Relation
from materializers.sql.relations.rewriting import Rewriting
from materializers.sql.relations.same import Recompute
from materializers.sql.types.expression import Expression


@dataclass(frozen=True)
class Domain(Listed):
    """`name`: unique in the plan. `key`: unique columns, NULL equal to NULL."""

    name: str
    listed: Columns
    key: Key

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.key,)


class Filled(Rewriting):
    """Replaces a domain by its rows. `outer`: the outer query's relation, which is left as it
    is."""

    def __init__(self, domain: Domain, rows: Relation, outer: Relation) -> None:
        super().__init__()
        self._domain, self._rows = domain, rows
        self._done[id(outer)] = outer, outer

    def rewritten(self, relation: Relation) -> Relation:
        return self._rows if relation == self._domain else relation


def columns_read(relation: Relation) -> frozenset[str]:
    """The plan's names of all columns that a relation and those below it read, nested queries and
    LATERAL included."""
    names: set[str] = set()
    for each in _everything(relation):
        names |= each.columns
    return frozenset(names)


def _everything(value: Any) -> Iterator[Expression]:
    """All expressions in it, at any depth. Any: a field may have any type."""
    if isinstance(value, Expression):
        yield value
        for node in value.walk():
            if isinstance(node, Nested):
                yield from _everything(node.relation)
    elif isinstance(value, tuple):
        for each in value:
            yield from _everything(each)
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _everything(getattr(value, each.name))


def is_closed(relation: Relation) -> bool:
    """Whether no relation reads outer columns, and no domain is below a Recompute."""
    for each in relation.walk():
        known = each.names.union(*(below.names for below in each.inputs))
        if isinstance(each, Recompute):
            if any(isinstance(below, Domain) for below in each.child.walk()):
                return False
        elif not all(_outer_columns(value) <= known for value in each.expressions()):
            return False
    return True


def _outer_columns(value: Expression) -> frozenset[str]:
    """The columns that an expression reads, without those of the queries in it."""
    nested = [node.relation for node in value.walk() if isinstance(node, Nested)]
    return value.columns.difference(*(r.names for each in nested for r in each.walk()))
