"""Entries of FROM joined to one: an operator, and what names mean above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from materializers.operators.operator import Operator
from materializers.plan.scope import Field, Relation, Scope


@dataclass(frozen=True, slots=True)
class Joined:
    """`relations`: what stands before a dot. `columns`: what a name alone can mean, in the order of
    `*`; those that USING makes one stand there once, first (manual, "Joined Tables")."""

    operator: Operator
    relations: tuple[Relation, ...]
    columns: tuple[Field, ...]

    @classmethod
    def one(cls, operator: Operator, relation: Relation) -> Joined:
        """A single entry; `*` leaves out those that rewrites put there."""
        columns = () if relation.alias.startswith("#") else relation.fields
        return cls(operator, (relation,), columns)

    def as_nullable(self) -> Joined:
        """The same on the side of an outer join that may have no match."""
        relations = tuple(relation.as_nullable() for relation in self.relations)
        return replace(self, relations=relations, columns=nullable(self.columns))

    def over(self, operator: Operator) -> Joined:
        """The same names over an operator that has its columns too."""
        return replace(self, operator=operator)

    def beside(self, other: Joined) -> Joined:
        """The names of both over the other's operator."""
        relations = (*self.relations, *other.relations)
        return Joined(other.operator, relations, (*self.columns, *other.columns))

    def scope(self, outer: Scope | None = None) -> Scope:
        """What names mean above it."""
        return Scope(list(self.relations), list(self.columns), outer)


def nullable(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The fields, each of which may be NULL."""
    return tuple(replace(field, nullable=True) for field in fields)
