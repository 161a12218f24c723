"""`GROUP BY 1` -> GROUP BY the first expression of the select list."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from materializers.sql.names import is_star
from materializers.sql.rules.rule import Fail

_NESTING = (exp.Rollup, exp.Cube, exp.GroupingSets, exp.Tuple, exp.Paren)


def group_positions(node: exp.Expr, fail: Fail) -> exp.Expr:
    """Replace positions in GROUP BY, unless the select list contains `*`."""
    if not isinstance(node, exp.Select) or any(is_star(e) for e in node.expressions):
        return node
    for item in list(_items(node.args.get("group"))):
        if isinstance(item, exp.Literal):
            item.replace(_at(item, node.expressions, fail).copy())
    return node


def _items(node: exp.Expr | None) -> Iterator[exp.Expr]:
    """The items of GROUP BY, those inside ROLLUP, CUBE and GROUPING SETS included."""
    if node is None:
        return
    for child in node.iter_expressions():
        if isinstance(child, _NESTING):
            yield from _items(child)
        else:
            yield child


def _at(item: exp.Literal, listed: list[exp.Expr], fail: Fail) -> exp.Expr:
    if not item.is_int:
        raise fail("non-integer constant in GROUP BY", item)
    if not 1 <= int(item.name) <= len(listed):
        raise fail(f"GROUP BY position {item.name} is not in select list", item)
    return listed[int(item.name) - 1].unalias()
