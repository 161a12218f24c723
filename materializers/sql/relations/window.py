"""Window functions over one PARTITION BY."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import Column, Columns, OverOne, Relation
from materializers.sql.types.expression import Expression
from materializers.sql.types.window_call import WindowCall


@dataclass(frozen=True)
class Window(OverOne):
    """The rows of the child, with the functions' columns after their own."""

    child: Relation
    partition: tuple[Expression, ...]
    calls: tuple[tuple[Column, WindowCall], ...]

    @property
    def columns(self) -> Columns:
        return (*self.child.columns, *(column for column, _ in self.calls))
