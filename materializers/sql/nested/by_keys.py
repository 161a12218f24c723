"""A nested SELECT rewritten so that one run of it answers for every key at once.

Without the condition `inner = outer` its windows, its DISTINCT ON and its groups would reach over
the rows of all keys; each takes the keys as one more part of what it is divided by. Where a
condition that is no equality is left for the join, they would see rows that it refuses.
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
    """Divide what the SELECT looks at together by `keys`; False where there is nothing such.
    `items`: its list as it was written; `is_whole`: no condition is left for the join. Raises
    Undecorrelated where that would mean something else."""
    windows = list(_windows(select))
    parts = [("a window", windows), ("GROUP BY", select.args.get("group"))]
    parts.append(("DISTINCT", select.args.get("distinct")))
    found = next((word for word, part in parts if part), None)
    if found and not is_whole:
        raise Undecorrelated(f"{found} behind a condition that is no equality")
    for window in windows:
        written = window.args.get("partition_by") or []
        window.set("partition_by", [*written, *(key.copy() for key in keys)])
    _group(select, keys)
    _distinct_on(select, keys, items)
    return found is not None


def _windows(node: exp.Expr) -> Iterator[exp.Window]:
    """The windows of a SELECT, without those of the SELECTs in it."""
    for child in node.iter_expressions():
        if isinstance(child, exp.Query):
            continue
        if isinstance(child, exp.Window):
            yield child
        yield from _windows(child)


def _group(select: exp.Select, keys: Sequence[exp.Expr]) -> None:
    """Grouped by the keys too, the groups of one key are those that its rows alone give. A total
    has a row where there is none to group, which no key would have."""
    group = select.args.get("group")
    if group is None:
        return
    if not all(grouping_sets(list(group.expressions), lambda node: node)):
        raise Undecorrelated("a total in a SELECT that refers to the query around it")
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
