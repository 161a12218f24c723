"""Window functions over one PARTITION BY."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.relations.relation import Column, Columns, Key, Relation
from materializers.sql.types.expression import Expression
from materializers.sql.types.window_call import WindowCall


@dataclass(frozen=True)
class Window(Relation):
    """The rows of the child with the functions' columns behind their own."""

    child: Relation
    partition: tuple[Expression, ...]
    calls: tuple[tuple[Column, WindowCall], ...]

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return (self.child,)

    @property
    def columns(self) -> Columns:
        return (*self.child.columns, *(column for column, _ in self.calls))

    @property
    def keys(self) -> tuple[Key, ...]:
        return self.child.keys
