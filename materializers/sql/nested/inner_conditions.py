"""Conditions of inner joins, which mean the same in ON and in WHERE."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from sqlglot import exp

from materializers.sql.conditions import conjuncts


def with_inner_conditions(select: exp.Select, stays: Callable[[exp.Expr], bool]) -> exp.Select:
    """The SELECT with those conditions of its inner joins that stay. A join that a RIGHT or FULL
    one follows keeps them all."""
    joins = select.args.get("joins") or []
    if any(join.args.get("side") in ("RIGHT", "FULL") for join in joins):
        return select
    kept: dict[int, list[exp.Expr]] = {}
    for place, join in enumerate(joins):
        if join.args.get("side") or isinstance(join.this, exp.Lateral):
            continue
        parts = list(conjuncts(join.args.get("on")))
        if len(staying := [part for part in parts if stays(part)]) < len(parts):
            kept[place] = staying
    if not kept:
        return select
    select = select.copy()
    for place, parts in kept.items():
        on = [part.copy() for part in parts] or [exp.true()]
        select.args["joins"][place].set(
            "on", reduce(lambda a, b: exp.And(this=a, expression=b), on)
        )
    return select
