"""Joined entries of FROM: a relation, and the names above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from materializers.sql.relations.relation import Relation
from materializers.sql.scope import Entry, Field, Scope


@dataclass(frozen=True, slots=True)
class Joined:
    """`entries`: for qualified names. `columns`: for unqualified names, in the order of `*`; the
    columns that USING merges come first, once each (manual, "Joined Tables")."""

    relation: Relation
    entries: tuple[Entry, ...]
    columns: tuple[Field, ...]

    @classmethod
    def one(cls, relation: Relation, entry: Entry) -> Joined:
        """A single entry; `*` does not include an entry that a rewrite added."""
        columns = () if entry.alias.startswith("#") else entry.fields
        return cls(relation, (entry,), columns)

    def as_nullable(self) -> Joined:
        """The same on an outer join's nullable side."""
        entries = tuple(entry.as_nullable() for entry in self.entries)
        return replace(self, entries=entries, columns=nullable(self.columns))

    def over(self, relation: Relation) -> Joined:
        """The same names over another relation, which has these columns too."""
        return replace(self, relation=relation)

    def beside(self, other: Joined) -> Joined:
        """The names of both over the relation of `other`."""
        entries = (*self.entries, *other.entries)
        return Joined(other.relation, entries, (*self.columns, *other.columns))

    def scope(self, outer: Scope | None = None) -> Scope:
        """The scope above it."""
        return Scope(list(self.entries), list(self.columns), outer)


def nullable(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The fields as nullable."""
    return tuple(replace(field, nullable=True) for field in fields)
