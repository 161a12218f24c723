"""The domain of a nested SELECT: the distinct values that it reads of the query around it.

While the nested SELECT is planned, the relation of the query around is not whole yet; a `Domain`
stands for the values till it is, and is no part of a finished plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from materializers.sql.relations.nested import Nested
from materializers.sql.relations.relation import Columns, Key, Relation
from materializers.sql.relations.rewriting import Rewriting
from materializers.sql.relations.same import Recompute
from materializers.sql.types.expression import Expression


@dataclass(frozen=True)
class Domain(Relation):
    """`name`: unique in the plan. `key`: columns that no two rows agree in, NULL equal to NULL."""

    name: str
    listed: Columns
    key: Key

    @property
    def columns(self) -> Columns:
        return self.listed

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.key,)


class Filled(Rewriting):
    """Puts the rows of a domain in its place. `around`: the relation of the query around, which is
    left as it is."""

    def __init__(self, domain: Domain, rows: Relation, around: Relation) -> None:
        super().__init__()
        self._domain, self._rows = domain, rows
        self._done[id(around)] = around, around

    def rewritten(self, relation: Relation) -> Relation:
        return self._rows if relation == self._domain else relation


def columns_read(relation: Relation) -> frozenset[str]:
    """The plan's names of all columns that a relation and what is below it read, those of queries
    in expressions and of LATERAL included."""
    found: set[str] = set()
    for each in _everything(relation):
        found |= each.columns
    return frozenset(found)


def _everything(value: Any) -> Iterator[Expression]:
    """Any: fields hold what they like."""
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
    """Whether every relation reads columns of its inputs alone, and a domain stands below none that
    is recomputed."""
    for each in relation.walk():
        known = each.names.union(*(below.names for below in each.inputs))
        if isinstance(each, Recompute):
            if any(isinstance(below, Domain) for below in each.child.walk()):
                return False
        elif not all(_read_around(value) <= known for value in each.expressions()):
            return False
    return True


def _read_around(value: Expression) -> frozenset[str]:
    """The columns that an expression reads, without those that queries in it make."""
    nested = [node.relation for node in value.walk() if isinstance(node, Nested)]
    return value.columns.difference(*(r.names for each in nested for r in each.walk()))
