"""Queries that sqlglot parsed as arguments of a call, or as members of a list.

`EXISTS ((SELECT …) LIMIT 1)` and `EXISTS (TABLE t)` are EXISTS, not calls of a function `exists`;
`x IN (VALUES (1), (2))` has a query, not a list with one member.
"""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.rules.rule import Fail

_TAIL: dict[type[exp.Expr], str] = {
    exp.Order: "order", exp.Limit: "limit", exp.Offset: "offset", exp.Fetch: "limit"
}  # fmt: skip


def query_arguments(node: exp.Expr, fail: Fail) -> exp.Expr:
    """Turn such a node into EXISTS or IN of a query."""
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in ("exists", "array"):
        query = _query(node.expressions)
        if query is not None and str(node.this).lower() == "exists":
            return exp.Exists(this=query)
        if query is not None:
            node.set("expressions", [query])
    if isinstance(node, exp.In) and (query := _query(node.expressions)) is not None:
        return exp.In(this=node.this, query=exp.Subquery(this=query))
    return node


def _query(arguments: list[exp.Expr]) -> exp.Expr | None:
    """The only argument, where it is a query, with its ORDER BY and LIMIT put back."""
    if len(arguments) != 1:
        return None
    inner, tail = arguments[0], {}
    while type(inner) in _TAIL and isinstance(inner.this, exp.Expr):
        tail[_TAIL[type(inner)]] = inner
        inner = inner.this
    if not isinstance(inner, exp.Subquery):
        is_query = isinstance(inner, (exp.Query, exp.Values)) and not tail
        return inner if is_query else None
    for name, part in tail.items():
        part.set("this", None)
        inner.set(name, part)
    return inner
