"""WITH RECURSIVE and its working table."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import Columns, Key, Listed, Relation


@dataclass(frozen=True)
class WorkingTable(Listed):
    """In a recursive term: the rows of the step before; `name`: the query's."""

    name: str
    listed: Columns


@dataclass(frozen=True)
class Recursive(Listed):
    """`base`, then `term` over the working table `name` until a step adds no row.
    `keeps_duplicates`: UNION ALL."""

    name: str
    base: Relation
    term: Relation
    listed: Columns
    keeps_duplicates: bool

    @property
    def has_delta(self) -> bool:
        return False

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return (self.base, self.term)

    @property
    def keys(self) -> tuple[Key, ...]:
        return () if self.keeps_duplicates else (self.names,)
