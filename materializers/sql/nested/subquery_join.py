"""The joins that take the place of nested SELECTs, collected while expressions are translated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from materializers.sql.expressions.translator import Translator
from materializers.sql.nested.known import known_field
from materializers.sql.nested.nested_select import Untied
from materializers.sql.nested.undecorrelated import Undecorrelated
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.join import Equality
from materializers.sql.relations.relation import Relation, carried, is_unique
from materializers.sql.relations.same import Consolidate
from materializers.sql.scope import Field
from materializers.sql.types.expression import ColumnRef, Expression, all_of, boolean
from materializers.sql.types.sql_type import SqlType

Make = Callable[[Relation], Relation]


@dataclass(slots=True)
class Link:
    """A join's condition on its way: what must hold, and the equalities among it."""

    translate: Translator
    tests: list[Expression] = field(default_factory=list)
    sides: list[Equality] = field(default_factory=list)

    @classmethod
    def of(cls, translate: Translator, untied: Untied) -> Link:
        """The conditions that left a nested SELECT's WHERE."""
        link = cls(translate)
        for outside, column in untied.keys:
            link.compare(exp.EQ, outside, column)
            if untied.is_by_key and _is_rounded(column.type, translate(outside).type):
                raise Undecorrelated(f"several values of {column.type.name} equal one outside")
            if len(link.sides) < len(link.tests):
                raise Undecorrelated(f"equality of {column.type.name} is not that of its storage")
        for part in untied.residual:
            link.tests.append(translate.boolean(part, "WHERE"))
        return link

    def compare(self, sign: type[exp.Expr], outside: exp.Expr, column: Field) -> Expression:
        """Add a comparison of an expression outside with a column; the comparison."""
        node = sign(this=outside.copy(), expression=known_field(column))
        found = self.translate(node)
        self.tests.append(found)
        if sign is exp.EQ:
            values = [self.translate(outside), column.as_expression()]
            _, (left, right) = self.translate.unify(values, node, "operator =")
            if found == boolean("=", left, right):
                self.sides.append(Equality(left, right))
        return found

    @property
    def condition(self) -> Expression | None:
        """The whole."""
        return all_of(self.tests)

    def equalities(self, left: Relation) -> tuple[Equality, ...]:
        """The equalities that restrict the left input; one with a constant does not."""
        return tuple(each for each in self.sides if each.left.columns & left.names)


def _is_rounded(column: SqlType, outside: SqlType) -> bool:
    """Whether the comparison rounds: then rows of several keys here belong to one outside."""
    return column.name in ("bigint", "numeric") and outside.is_float


def distinct_right(left: Relation, right: Relation, equalities: tuple[Equality, ...]) -> Relation:
    """The right input of a semi join without residual conditions, each key once, where many rows
    on the left share a key: they are met only when its first row comes or its last one leaves."""
    columns = frozenset(e.left.column for e in equalities if isinstance(e.left, ColumnRef))
    here = frozenset().union(*(e.right.columns for e in equalities))
    if is_unique(left, columns) or is_unique(right, here) or here != right.names:
        return right
    return Consolidate(GroupBy(right, carried(right), (), right.names))
