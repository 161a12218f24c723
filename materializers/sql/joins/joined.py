"""Entries of FROM joined to one: a relation, and what names mean above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from materializers.sql.relations.relation import Relation
from materializers.sql.scope import Entry, Field, Scope


@dataclass(frozen=True, slots=True)
class Joined:
    """`entries`: what stands before a dot. `columns`: what a name alone can mean, in the order of
    `*`; those that USING makes one stand there once, first (manual, "Joined Tables")."""

    relation: Relation
    entries: tuple[Entry, ...]
    columns: tuple[Field, ...]

    @classmethod
    def one(cls, relation: Relation, entry: Entry) -> Joined:
        """A single entry; `*` leaves out those that rewrites put there."""
        columns = () if entry.alias.startswith("#") else entry.fields
        return cls(relation, (entry,), columns)

    def as_nullable(self) -> Joined:
        """The same on the side of an outer join that may have no match."""
        entries = tuple(entry.as_nullable() for entry in self.entries)
        return replace(self, entries=entries, columns=nullable(self.columns))

    def over(self, relation: Relation) -> Joined:
        """The same names over a relation that has its columns too."""
        return replace(self, relation=relation)

    def beside(self, other: Joined) -> Joined:
        """The names of both over the other's relation."""
        entries = (*self.entries, *other.entries)
        return Joined(other.relation, entries, (*self.columns, *other.columns))

    def scope(self, outer: Scope | None = None) -> Scope:
        """What names mean above it."""
        return Scope(list(self.entries), list(self.columns), outer)


def nullable(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The fields, each of which may be NULL."""
    return tuple(replace(field, nullable=True) for field in fields)
