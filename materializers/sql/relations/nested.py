"""Nested SELECTs that were not decorrelated: evaluated in their expression, for each outer row.

Their relation may read columns of the outer row. Most nested SELECTs are joins instead
(`sql/nested`).
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
    """An expression that reads the rows of a relation."""

    relation: Relation

    @property
    def own_columns(self) -> frozenset[str]:
        own: set[str] = set()
        for relation in self.relation.walk():
            for expression in relation.expressions():
                own |= expression.columns
        return frozenset(own)

    def renamed(self, names: Mapping[str, str]) -> Expression:
        node = replace(self, relation=renamed_deep(self.relation, names))
        return node.with_children(lambda child: child.renamed(names))


@dataclass(frozen=True)
class Exists(Nested):
    """EXISTS: whether there is a row."""

    type: SqlType = BOOLEAN
    nullable: bool = False


@dataclass(frozen=True)
class OnlyValue(Nested):
    """A scalar subquery: the only value of the only row; NULL without a row, an error for
    several."""

    type: SqlType
    nullable: bool = True


@dataclass(frozen=True)
class InRows(Nested):
    """IN: whether a value is among those of the relation's only column, of the same type."""

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
    """ANY: whether `test` is true for some row; with `is_all`, for all rows. `names`: the
    relation's columns in `test`. NULL where no row decides and the test is NULL for one (manual,
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
