"""Set-returning functions and SELECTs over one row alone: rows that come and go with that row."""

from __future__ import annotations

from dataclasses import dataclass, field

from materializers.sql.relations.relation import Columns, Key, OverOne, Relation
from materializers.sql.types.expression import Expression


@dataclass(frozen=True)
class Expand(OverOne):
    """Each row of the child beside each of the rows that its values give.

    `added`: the new columns. `lists`: for each of them an array over the child's columns; they are
    walked through together, and a shorter one ends in NULL. `unique`: sets of new columns that
    tell the rows of one row apart. `is_left`: a row that gives none stands there once, with NULLs;
    what it gives counts where `condition` holds.
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
    """Each row of the child beside each row of `nested`, a query over the row's columns, for which
    `condition` holds. `is_left`: a row that gives none stands there once, with NULLs."""

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
