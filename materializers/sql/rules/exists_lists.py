"""`EXISTS (SELECT * …)` and EXISTS of a SELECT without columns -> `EXISTS (SELECT 1 …)`, so that no
column is stored for them. Elsewhere an empty select list is refused."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.rules.rule import Fail

_READ = ("distinct", "group", "having", "order")
"""Clauses that read the select list, or that cannot go with `*`."""


def exists_lists(node: exp.Expr, fail: Fail) -> exp.Expr:
    """Give a SELECT in EXISTS a select list."""
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
    parent = node.parent
    while isinstance(parent, exp.Subquery):
        parent = parent.parent
    return isinstance(parent, exp.Exists)
