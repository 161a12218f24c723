"""Clauses outside a query's parentheses -> clauses of that query.

`(SELECT …) ORDER BY k LIMIT 1` is `SELECT … ORDER BY k LIMIT 1`, and `WITH … (SELECT …)` likewise.
PostgreSQL does the same, and refuses a clause that is both inside and outside (gram.y,
insertSelectOptions).
"""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.rules.rule import Fail

_PARTS = {"with_": "WITH", "order": "ORDER BY", "limit": "LIMIT", "offset": "OFFSET"}


def parentheses(node: exp.Expr, fail: Fail) -> exp.Expr:
    """Leave one pair of parentheses around a query, and move the clauses into them."""
    if not isinstance(node, exp.Subquery):
        return node
    inner = node.this
    if isinstance(inner, exp.Subquery) and _is_bare(inner):
        node.set("this", inner.this)
        inner = node.this
    if not isinstance(inner, exp.Query) or isinstance(inner, exp.Subquery):
        return node
    for part, word in _PARTS.items():
        clause = node.args.get(part)
        if clause is None:
            continue
        if inner.args.get(part) is not None:
            raise fail(f"multiple {word} clauses not allowed", clause)
        node.set(part, None)
        inner.set(part, clause)
    return node


def _is_bare(node: exp.Subquery) -> bool:
    """Whether it is a query in parentheses without alias and joins."""
    if not isinstance(node.this, (exp.Query, exp.Values)):
        return False
    return not any(part for name, part in node.args.items() if name != "this")
