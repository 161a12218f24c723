"""Adds the correlation keys to the windows, GROUP BY and DISTINCT ON of a nested SELECT.

Once the condition `inner = outer` has become a join, the SELECT ranges over the rows of all keys at
once: PARTITION BY, GROUP BY and DISTINCT ON need the keys to keep them apart. A condition that is
no equality cannot be moved out of such a SELECT: its windows and groups would include rows that the
condition excludes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from materializers.sql.grouping.sets import grouping_sets
from materializers.sql.nested.list_items import ordered_by
from materializers.sql.nested.undecorrelated import Undecorrelated


def by_keys(
    select: exp.Select, keys: Sequence[exp.Expr], items: Sequence[exp.Expr], *, is_whole: bool
) -> bool:
    """Add `keys` to the SELECT's windows, groups and DISTINCT ON; False where it has none. `items`:
    its select list as written; `is_whole`: no residual condition is left for the join. Raises
    Undecorrelated where the result would differ."""
    windows = list(_windows(select))
    parts = [("a window", windows), ("GROUP BY", select.args.get("group"))]
    parts.append(("DISTINCT", select.args.get("distinct")))
    clause = next((word for word, part in parts if part), None)
    if clause and not is_whole:
        raise Undecorrelated(f"{clause} after a condition that is no equality")
    for window in windows:
        written = window.args.get("partition_by") or []
        window.set("partition_by", [*written, *(key.copy() for key in keys)])
    _group(select, keys)
    _distinct_on(select, keys, items)
    return clause is not None


def _windows(node: exp.Expr) -> Iterator[exp.Window]:
    """The windows of a SELECT, without those of nested SELECTs."""
    for child in node.iter_expressions():
        if isinstance(child, exp.Query):
            continue
        if isinstance(child, exp.Window):
            yield child
        yield from _windows(child)


def _group(select: exp.Select, keys: Sequence[exp.Expr]) -> None:
    """Add the keys to GROUP BY. Refuses a total (an empty grouping set): it has a row even where a
    key has none."""
    group = select.args.get("group")
    if group is None:
        return
    if not all(grouping_sets(list(group.expressions), lambda node: node)):
        raise Undecorrelated("a total in a SELECT that refers to the outer query")
    group.set("expressions", [*group.expressions, *(key.copy() for key in keys)])


def _distinct_on(select: exp.Select, keys: Sequence[exp.Expr], items: Sequence[exp.Expr]) -> None:
    distinct = select.args.get("distinct")
    if distinct is None or (on := distinct.args.get("on")) is None:
        return
    written = list(on.expressions) if isinstance(on, exp.Tuple) else [on]
    meant = [ordered_by(each, items).copy() for each in written]
    distinct.set("on", exp.Tuple(expressions=[*(key.copy() for key in keys), *meant]))
    order = select.args.get("order")
    if order is None:
        return
    for item in order.expressions:
        item.set("this", ordered_by(item.this, items).copy())
    first = [exp.Ordered(this=key.copy(), nulls_first=False) for key in keys]
    order.set("expressions", [*first, *order.expressions])
