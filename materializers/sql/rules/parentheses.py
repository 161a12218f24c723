"""Parentheses around a query: what stands behind them belongs to the query in them.

`(SELECT …) ORDER BY k LIMIT 1` is `SELECT … ORDER BY k LIMIT 1`, and `WITH … (SELECT …)` likewise:
PostgreSQL puts them into the query in parentheses, and refuses what is there twice (gram.y,
insertSelectOptions).
"""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.rules.rule import Fail

_PARTS = {"with_": "WITH", "order": "ORDER BY", "limit": "LIMIT", "offset": "OFFSET"}


def parentheses(node: exp.Expr, fail: Fail) -> exp.Expr:
    """A query in one pair of parentheses, with nothing behind them."""
    if not isinstance(node, exp.Subquery):
        return node
    inner = node.this
    if isinstance(inner, exp.Subquery) and _is_bare(inner):
        node.set("this", inner.this)
        inner = node.this
    if not isinstance(inner, exp.Query) or isinstance(inner, exp.Subquery):
        return node
    for part, word in _PARTS.items():
        found = node.args.get(part)
        if found is None:
            continue
        if inner.args.get(part) is not None:
            raise fail(f"multiple {word} clauses not allowed", found)
        node.set(part, None)
        inner.set(part, found)
    return node


def _is_bare(node: exp.Subquery) -> bool:
    """Whether it is a query in parentheses and no more: no alias, no joins."""
    if not isinstance(node.this, (exp.Query, exp.Values)):
        return False
    return not any(part for name, part in node.args.items() if name != "this")
