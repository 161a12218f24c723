"""Conditions of inner joins, which may be moved from ON to WHERE."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from sqlglot import exp

from materializers.sql.conditions import conjuncts


def with_inner_conditions(select: exp.Select, stays: Callable[[exp.Expr], bool]) -> exp.Select:
    """The SELECT without the inner joins' conditions for which `stays` is false. A FROM with a
    RIGHT or FULL JOIN is left as it is."""
    joins = select.args.get("joins") or []
    if any(join.args.get("side") in ("RIGHT", "FULL") for join in joins):
        return select
    remaining: dict[int, list[exp.Expr]] = {}
    for place, join in enumerate(joins):
        if join.args.get("side") or isinstance(join.this, exp.Lateral):
            continue
        parts = list(conjuncts(join.args.get("on")))
        if len(staying := [part for part in parts if stays(part)]) < len(parts):
            remaining[place] = staying
    if not remaining:
        return select
    select = select.copy()
    for place, parts in remaining.items():
        on = [part.copy() for part in parts] or [exp.true()]
        select.args["joins"][place].set(
            "on", reduce(lambda a, b: exp.And(this=a, expression=b), on)
        )
    return select
