"""`EXISTS (SELECT FROM t)`: a list without columns, which no other place here takes."""

from __future__ import annotations

from sqlglot import exp

from materializers.plan.rules.rule import Fail


def empty_lists(node: exp.Expr, fail: Fail) -> exp.Expr:
    """A SELECT that has a list: of 1 where only its rows count."""
    if not isinstance(node, exp.Select) or node.expressions:
        return node
    around = node.parent
    while isinstance(around, exp.Subquery):
        around = around.parent
    if not isinstance(around, exp.Exists):
        raise fail("a SELECT without columns is supported in EXISTS only", node)
    node.set("expressions", [exp.Literal.number(1)])
    return node
