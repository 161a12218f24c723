"""`value IN (…)` with a list, for rows and for types that are not compared by their storage."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions import predicates
from materializers.sql.expressions.comparisons import compare_, compare_values, row_members
from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Expression, boolean


def in_list_(translate: Translating, node: exp.In) -> Expression:
    """`value IN (a, b, …)`."""
    if row_members(node.this) is not None:
        equal = [exp.EQ(this=node.this.copy(), expression=e.copy()) for e in node.expressions]
        return _any_of([compare_(translate, e) for e in equal])
    value = translate(node.this)
    items = [translate(item) for item in node.expressions]
    if all(v.type.is_comparable for v in (value, *items)):
        return predicates.in_(translate, node)
    return _any_of([compare_values(translate, value, "=", item, node) for item in items])


def _any_of(tests: list[Expression]) -> Expression:
    return boolean("or", *tests)
