"""`ARRAY(SELECT x … ORDER BY y)` -> `(SELECT coalesce(array_agg(x ORDER BY y), '{}') …)`."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.names import is_star
from materializers.sql.rules.rule import Fail

_PARTS = ("group", "having", "limit", "offset", "distinct", "with_", "windows", "qualify")


def array_queries(node: exp.Expr, fail: Fail) -> exp.Expr:
    """Rewrite ARRAY of a SELECT; raises ViewError for clauses other than WHERE and ORDER BY."""
    if not (isinstance(node, exp.Anonymous) and str(node.this).lower() == "array"):
        return node
    query = node.expressions[0] if len(node.expressions) == 1 else None
    if not isinstance(query, exp.Select):
        return node
    if len(query.expressions) != 1 or is_star(query.expressions[0]):
        raise fail("subquery must return only one column", node)
    name = query.expressions[0].alias
    value = query.expressions[0].unalias()
    if any(query.args.get(part) for part in _PARTS) or value.find(exp.Window):
        raise fail("ARRAY of a SELECT with more than WHERE and ORDER BY is not supported", node)
    order = query.args.get("order")
    query.set("order", None)
    for item in order.expressions if order is not None else ():
        by = item.this
        if by.is_int or (name and isinstance(by, exp.Column) and by.sql() == name):
            item.set("this", value.copy())
    collected = value if order is None else exp.Order(this=value, expressions=order.expressions)
    collected_array = exp.Anonymous(this="array_agg", expressions=[collected])
    query.set("expressions", [_or_empty(collected_array)])
    return exp.Subquery(this=query)


def _or_empty(collected: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="coalesce", expressions=[collected, exp.Literal.string("{}")])
