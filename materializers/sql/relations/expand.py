"""Set-returning functions and LATERAL over one row: rows that are inserted and deleted with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from materializers.sql.relations.relation import Columns, Key, OverOne, Relation
from materializers.sql.types.expression import Expression


@dataclass(frozen=True)
class Expand(OverOne):
    """Each row of the child joined with the elements of its arrays.

    `added`: the new columns. `lists`: for each of them an array over the child's columns; they are
    unnested in parallel, shorter ones padded with NULL. `unique`: sets of new columns that are
    unique within one row of the child. `is_left`: left join on `condition`; a row without a match
    is padded with NULLs.
    """

    child: Relation
    added: Columns
    lists: tuple[Expression, ...]
    unique: tuple[Key, ...] = ()
    is_left: bool = False
    condition: Expression | None = None

    @property
    def columns(self) -> Columns:
        return (*self.child.columns, *self.added)

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(one | two for one in self.child.keys for two in self.unique)


@dataclass(frozen=True)
class LateralSelect(OverOne):
    """Each row of the child joined, on `condition`, with the rows of `nested`, a query that reads
    the row's columns. `is_left`: a row without a match is padded with NULLs."""

    child: Relation
    added: Columns
    nested: Relation
    condition: Expression | None = None
    is_left: bool = False
    reason: str = field(default="", compare=False)

    @property
    def columns(self) -> Columns:
        return (*self.child.columns, *self.added)

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(one | two for one in self.child.keys for two in self.nested.keys)
