"""`x IN (SELECT …)`, `x op ANY (SELECT …)` and `x op ALL (SELECT …)` that were not decorrelated.

The result is NULL if no row decides and the comparison with one is NULL (manual, "Subquery
Expressions").
"""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions import comparisons
from materializers.sql.expressions.predicates import in_list_
from materializers.sql.expressions.translating import Translating
from materializers.sql.relations.nested import AnyRow, InRows
from materializers.sql.relations.relation import Relation
from materializers.sql.types.expression import ColumnRef, Expression, all_of


def in_(translate: Translating, node: exp.In) -> Expression:
    """IN with a list or a nested SELECT."""
    query = node.args.get("query")
    if query is None:
        return in_list_(translate, node)
    members = comparisons.row_members(node.this)
    relation = translate.subquery(query, translate.scope)
    if members is None and len(relation.columns) == 1:
        value = translate(node.this)
        if value.type == relation.columns[0].type and value.type.is_comparable:
            return InRows(relation, value)
    left = [node.this] if members is None else members
    return _in_place(translate, node, left, relation)


def compare_(translate: Translating, node: exp.Binary) -> Expression:
    """A comparison, also with ANY or ALL of a nested SELECT."""
    of = node.expression
    if not isinstance(of, (exp.Any, exp.All)) or not isinstance(of.this, exp.Query):
        return comparisons.compare_(translate, node)
    if type(node) not in comparisons.SIGNS:
        raise translate.fail("IS DISTINCT FROM does not take ANY or ALL", node)
    members = comparisons.row_members(node.this) or [node.this]
    nested = translate.subquery(of.this, translate.scope)
    return _in_place(translate, node, members, nested)


def _in_place(
    translate: Translating, node: exp.Expr, members: list[exp.Expr], relation: Relation
) -> Expression:
    if len(relation.columns) != len(members):
        raise translate.fail("subquery has another number of columns", node)
    sign = comparisons.SIGNS.get(type(node), "=")
    if len(members) > 1 and sign != "=":
        raise translate.fail(f"rows are compared with a nested SELECT by = only, not {sign}", node)
    names = tuple(f"#{place}" for place in range(len(members)))
    tests = [
        comparisons.compare_values(
            translate, translate(member), sign, ColumnRef(name, column.type), node
        )
        for member, name, column in zip(members, names, relation.columns, strict=True)
    ]
    test = all_of(tests)
    assert test is not None, "a row has at least one member"
    is_all = isinstance(node.args.get("expression"), exp.All)
    return AnyRow(relation, test, names, is_all)
