"""Relations that stand for another one: what is marked here is how its changes are told."""

from __future__ import annotations

from dataclasses import dataclass, field

from materializers.sql.relations.relation import Columns, Key, Relation
from materializers.sql.relations.scan import Scan


class _Same(Relation):
    """The relation below, unchanged."""

    child: Relation

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return (self.child,)

    @property
    def columns(self) -> Columns:
        return self.child.columns

    @property
    def keys(self) -> tuple[Key, ...]:
        return self.child.keys


@dataclass(frozen=True)
class Shared(_Same):
    """One that several relations read."""

    child: Relation


@dataclass(frozen=True)
class Consolidate(_Same):
    """One whose changes that cancel each other are told to nobody. It stands where a group is told
    although what is read of it stayed, and where an expression above may fail for rows that were
    never there."""

    child: Relation


@dataclass(frozen=True)
class Recompute(_Same):
    """One that is worked out in full whenever a table of it has changed. `scans`: all tables that
    it reads, those of nested SELECTs included. `why`: what kept its SELECT from being kept by
    deltas, where its relations do not say."""

    child: Relation
    scans: tuple[Scan, ...]
    why: str = field(default="", compare=False)

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return ()
