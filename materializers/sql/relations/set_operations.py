"""UNION ALL, INTERSECT and EXCEPT. UNION is a DISTINCT over UNION ALL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from materializers.sql.relations.relation import Columns, Key, Listed, Relation
from materializers.sql.types.expression import Expression


@dataclass(frozen=True)
class UnionAll(Listed):
    """All rows of several relations; `listed`: the result's columns, by position. `unique`: the
    known keys."""

    sides: tuple[Relation, ...]
    listed: Columns
    unique: tuple[Key, ...] = ()

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return self.sides

    @property
    def keys(self) -> tuple[Key, ...]:
        return self.unique


@dataclass(frozen=True)
class SetOperation(Listed):
    """`compared`: for each side, the values that are compared and shown. `keeps_duplicates`:
    ALL."""

    name: Literal["INTERSECT", "EXCEPT"]
    sides: tuple[Relation, Relation]
    compared: tuple[tuple[Expression, ...], tuple[Expression, ...]]
    listed: Columns
    keeps_duplicates: bool

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return self.sides

    @property
    def keys(self) -> tuple[Key, ...]:
        return () if self.keeps_duplicates else (self.names,)
