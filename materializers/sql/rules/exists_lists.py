"""The list of a SELECT in EXISTS, whose rows alone count: `SELECT *` and `SELECT` of nothing are
`SELECT 1`, so that no column is stored for them. A list without columns has no other place here."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.rules.rule import Fail

_READ = ("distinct", "group", "having", "order")
"""Clauses that look at the list, or that `*` does not go with."""


def exists_lists(node: exp.Expr, fail: Fail) -> exp.Expr:
    """A SELECT that has a list."""
    if not isinstance(node, exp.Select):
        return node
    is_tested = _is_tested(node)
    if not node.expressions and not is_tested:
        raise fail("a SELECT without columns is supported in EXISTS only", node)
    is_star = all(isinstance(each, exp.Star) for each in node.expressions)
    if is_tested and is_star and not any(node.args.get(part) for part in _READ):
        node.set("expressions", [exp.Literal.number(1)])
    return node


def _is_tested(node: exp.Expr) -> bool:
    around = node.parent
    while isinstance(around, exp.Subquery):
        around = around.parent
    return isinstance(around, exp.Exists)
