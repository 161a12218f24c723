"""Nested SELECTs that are worked out where they stand, for each row of the query around.

Most are joins by now (`sql/nested`); these are left. Their relation may name columns of the row
around.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from materializers.sql.relations.relation import Relation
from materializers.sql.relations.renaming import renamed_deep
from materializers.sql.types.expression import Expression
from materializers.sql.types.sql_type import BOOLEAN, SqlType


@dataclass(frozen=True)
class Nested(Expression):
    """An expression over the rows of a relation."""

    relation: Relation

    @property
    def own_columns(self) -> frozenset[str]:
        found: set[str] = set()
        for relation in self.relation.walk():
            for expression in relation.expressions():
                found |= expression.columns
        return frozenset(found)

    def renamed(self, names: Mapping[str, str]) -> Expression:
        found = replace(self, relation=renamed_deep(self.relation, names))
        return found.with_children(lambda child: child.renamed(names))


@dataclass(frozen=True)
class Exists(Nested):
    """Whether there is a row."""

    type: SqlType = BOOLEAN
    nullable: bool = False


@dataclass(frozen=True)
class OnlyValue(Nested):
    """The one value of one row; NULL for no row, an error for several."""

    type: SqlType
    nullable: bool = True


@dataclass(frozen=True)
class InRows(Nested):
    """Whether a value is among those of the relation's one column, of the same type."""

    value: Expression
    type: SqlType = BOOLEAN
    nullable: bool = True

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.value,)

    def with_children(self, change: Callable[[Expression], Expression]) -> Expression:
        return replace(self, value=change(self.value))


@dataclass(frozen=True)
class AnyRow(Nested):
    """Whether `test` holds for some row, or with `is_all` for all of them. In it the relation's
    columns are called `names`. NULL where no row decides and it is NULL for one (manual,
    "Subquery Expressions")."""

    test: Expression
    names: tuple[str, ...]
    is_all: bool
    type: SqlType = BOOLEAN
    nullable: bool = True

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.test,)

    def with_children(self, change: Callable[[Expression], Expression]) -> Expression:
        return replace(self, test=change(self.test))
