"""The condition and right side of a join that replaces a nested SELECT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from materializers.sql.expressions.translator import Translator
from materializers.sql.nested.nested_select import Decorrelated
from materializers.sql.nested.placeholder import field_placeholder
from materializers.sql.nested.undecorrelated import Undecorrelated
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.join import Equality
from materializers.sql.relations.relation import Relation, carried, is_unique
from materializers.sql.relations.same import Consolidate
from materializers.sql.scope import Field
from materializers.sql.types.expression import ColumnRef, Expression, all_of, boolean
from materializers.sql.types.sql_type import SqlType

AddJoin = Callable[[Relation], Relation]
"""Joins a relation to the outer query's."""


@dataclass(slots=True)
class Correlation:
    """The join's condition, built step by step. `tests`: its conjuncts; `sides`: the equalities
    among them."""

    translate: Translator
    tests: list[Expression] = field(default_factory=list)
    sides: list[Equality] = field(default_factory=list)

    @classmethod
    def of(cls, translate: Translator, decorrelated: Decorrelated) -> Correlation:
        """The conditions that were removed from a nested SELECT's WHERE."""
        correlation = cls(translate)
        for outside, column in decorrelated.keys:
            correlation.compare(exp.EQ, outside, column)
            if decorrelated.is_by_key and _is_rounded(column.type, translate(outside).type):
                raise Undecorrelated(f"several values of {column.type.name} equal one outer value")
            if len(correlation.sides) < len(correlation.tests):
                raise Undecorrelated(f"equality of {column.type.name} is not that of its storage")
        for part in decorrelated.residual:
            correlation.tests.append(translate.boolean(part, "WHERE"))
        return correlation

    def compare(self, sign: type[exp.Expr], outside: exp.Expr, column: Field) -> Expression:
        """Add a comparison of an outer expression with a column, and return it."""
        node = sign(this=outside.copy(), expression=field_placeholder(column))
        value = self.translate(node)
        self.tests.append(value)
        if sign is exp.EQ:
            values = [self.translate(outside), column.as_expression()]
            _, (left, right) = self.translate.unify(values, node, "operator =")
            if value == boolean("=", left, right):
                self.sides.append(Equality(left, right))
        return value

    @property
    def condition(self) -> Expression | None:
        """The condition; None where there is none."""
        return all_of(self.tests)

    def equalities(self, left: Relation) -> tuple[Equality, ...]:
        """The equalities that read the left input; one with a constant does not."""
        return tuple(each for each in self.sides if each.left.columns & left.names)


def _is_rounded(column: SqlType, outside: SqlType) -> bool:
    """Whether the comparison rounds: then several keys of the right side equal one outer value."""
    return column.name in ("bigint", "numeric") and outside.is_float


def distinct_right(left: Relation, right: Relation, equalities: tuple[Equality, ...]) -> Relation:
    """The right input of a semi join without residual conditions. Where left rows share keys, it is
    grouped by key: left rows are then touched only when a key's first row is inserted or its last
    one deleted."""
    columns = frozenset(e.left.column for e in equalities if isinstance(e.left, ColumnRef))
    here = frozenset().union(*(e.right.columns for e in equalities))
    if is_unique(left, columns) or is_unique(right, here) or here != right.names:
        return right
    return Consolidate(GroupBy(right, carried(right), (), right.names))
