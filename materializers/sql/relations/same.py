"""Relations with the rows of their child, which say how an engine passes on its delta."""

from __future__ import annotations

from dataclasses import dataclass, field

from materializers.sql.relations.relation import OverOne, Relation
from materializers.sql.relations.scan import Scan


@dataclass(frozen=True)
class Shared(OverOne):
    """Marks a relation that several relations read: its delta is computed once."""

    child: Relation


@dataclass(frozen=True)
class Consolidate(OverOne):
    """Consolidates the child's delta: opposite changes of equal rows cancel. It is needed above a
    group whose delta repeats unchanged columns, and below an expression that may raise an error for
    a row inserted and deleted in one batch."""

    child: Relation


@dataclass(frozen=True)
class Recompute(OverOne):
    """Recomputes the child whenever one of its tables changes. `scans`: all tables that it reads,
    in nested SELECTs too. `why`: the reason, where no relation below has a `reason`."""

    child: Relation
    scans: tuple[Scan, ...]
    why: str = field(default="", compare=False)

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return ()
