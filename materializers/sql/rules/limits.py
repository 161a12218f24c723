"""LIMIT and OFFSET in one form: FETCH FIRST -> LIMIT; `LIMIT ALL`, `LIMIT NULL` and `OFFSET 0` ->
nothing; `LIMIT (SELECT 3)` -> `LIMIT 3`."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.rules.rule import Fail

_LIST_PARTS = {"expressions", "kind", "hint", "operation_modifiers"}


def limits(node: exp.Expr, fail: Fail) -> exp.Expr:
    """Normalize a query's LIMIT and OFFSET."""
    if isinstance(node, exp.Query):
        for part in ("limit", "offset"):
            clause = node.args.get(part)
            if clause is not None:
                node.set(part, _limit(clause))
    return node


def _limit(node: exp.Expr) -> exp.Expr | None:
    if isinstance(node, exp.Fetch):
        options = node.args.get("limit_options")
        if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
            return node
        node = exp.Limit(expression=node.args.get("count") or exp.Literal.number(1))
    count = _number(node.expression)
    if _is_absent(count) or (isinstance(node, exp.Offset) and _is_zero(count)):
        return None
    node.set("expression", count)
    return node


def _number(node: exp.Expr) -> exp.Expr:
    """`(SELECT 3)` and `(3)` as 3."""
    while isinstance(node, (exp.Paren, exp.Subquery)):
        inner = node.this
        if isinstance(inner, exp.Select):
            others = {name for name, part in inner.args.items() if part} - _LIST_PARTS
            if others or len(inner.expressions) != 1:
                return node
            inner = inner.expressions[0].unalias()
        node = inner
    return node


def _is_absent(node: exp.Expr) -> bool:
    is_all = isinstance(node, exp.Var) and node.name.upper() == "ALL"
    return is_all or isinstance(node, exp.Null)


def _is_zero(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_int and int(node.name) == 0
