"""WITH RECURSIVE."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import Columns, Key, Relation


@dataclass(frozen=True)
class FoundBefore(Relation):
    """Inside a recursive term: the rows that the term before found, by the query's `name`."""

    name: str
    listed: Columns

    @property
    def columns(self) -> Columns:
        return self.listed


@dataclass(frozen=True)
class Recursive(Relation):
    """`base` and then `term`, which reads the query by its `name`, until that finds nothing new.
    `keeps_doubles`: UNION ALL."""

    name: str
    base: Relation
    term: Relation
    listed: Columns
    keeps_doubles: bool

    @property
    def columns(self) -> Columns:
        return self.listed

    @property
    def has_delta(self) -> bool:
        return False

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return (self.base, self.term)

    @property
    def keys(self) -> tuple[Key, ...]:
        return () if self.keeps_doubles else (self.names,)
