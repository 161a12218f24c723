"""What an engine leaves to the row engine, for it has no words of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from materializers.sql.relations.relation import Column, Columns, Outputs, OverOne, Relation
from materializers.sql.relations.scan import Scan
from materializers.sql.types.sql_type import TEXT


@dataclass(frozen=True)
class Computed(OverOne):
    """The child's rows with a column more for each of `outputs`: the text of the value behind a
    `=`, or the message of the error behind a `!`, which stops nobody but who asks for the value."""

    child: Relation
    outputs: Outputs

    @cached_property
    def columns(self) -> Columns:
        return (*self.child.columns, *(Column(name, TEXT, True) for name, _ in self.outputs))


@dataclass(frozen=True)
class Whole(OverOne):
    """The child, worked out in full whenever a table of it has changed. `scans`: all tables that it
    reads. `why`: what the engine has no words for."""

    child: Relation
    scans: tuple[Scan, ...]
    why: str = field(default="", compare=False)

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return ()
