"""Relations that another engine leaves to the row engine, because it cannot express them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from materializers.sql.relations.relation import Column, Columns, Outputs, OverOne, Relation
from materializers.sql.relations.scan import Scan
from materializers.sql.types.sql_type import TEXT


@dataclass(frozen=True)
class Computed(OverOne):
    """The child's rows with one more column for each of `outputs`: `=` and the value as text, or
    `!` and the error's message. Only a reader of the value raises the error."""

    child: Relation
    outputs: Outputs

    @cached_property
    def columns(self) -> Columns:
        return (*self.child.columns, *(Column(name, TEXT, True) for name, _ in self.outputs))


@dataclass(frozen=True)
class Whole(OverOne):
    """The child, recomputed by the row engine whenever one of its tables changes. `scans`: all
    tables that it reads. `why`: what the engine cannot express."""

    child: Relation
    scans: tuple[Scan, ...]
    why: str = field(default="", compare=False)

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return ()
