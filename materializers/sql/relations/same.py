"""Relations that stand for another one: what is marked here is how its changes are told."""

from __future__ import annotations

from dataclasses import dataclass, field

from materializers.sql.relations.relation import OverOne, Relation
from materializers.sql.relations.scan import Scan


@dataclass(frozen=True)
class Shared(OverOne):
    """One that several relations read."""

    child: Relation


@dataclass(frozen=True)
class Consolidate(OverOne):
    """One whose changes that cancel each other are told to nobody. It stands where a group is told
    although what is read of it stayed, and where an expression above may fail for rows that were
    never there."""

    child: Relation


@dataclass(frozen=True)
class Recompute(OverOne):
    """One that is worked out in full whenever a table of it has changed. `scans`: all tables that
    it reads, those of nested SELECTs included. `why`: what kept its SELECT from being kept by
    deltas, where its relations do not say."""

    child: Relation
    scans: tuple[Scan, ...]
    why: str = field(default="", compare=False)

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return ()
