"""`(start, end) OVERLAPS (start, end)` (manual, "Date/Time Functions and Operators"; timestamp.c,
overlaps_timestamp)."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.time_arithmetic import calculate_time
from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Expression, boolean
from materializers.sql.types.sql_type import DATE, TIME, TIMESTAMP, TIMESTAMPTZ

_TYPES = (DATE, TIMESTAMP, TIMESTAMPTZ, TIME)


def overlaps_(translate: Translating, node: exp.Binary) -> Expression:
    """Whether two periods overlap; an end may be given as an interval from the start."""
    periods = [_period(translate, side, node) for side in (node.this, node.expression)]
    values = [value for period in periods for value in period]
    kind, unified = translate.unify(values, node, "OVERLAPS")
    if kind not in _TYPES:
        raise translate.fail(f"OVERLAPS of {kind.name} does not exist", node)
    return boolean("overlaps", *unified)


def _period(translate: Translating, side: exp.Expr, node: exp.Expr) -> list[Expression]:
    if not isinstance(side, exp.Tuple) or len(side.expressions) != 2:
        raise translate.fail("OVERLAPS takes two pairs", node)
    start, end = (translate(each) for each in side.expressions)
    if end.type.name != "interval":
        return [start, end]
    later = calculate_time("+", start, end)
    if later is None:
        raise translate.fail(f"{start.type.name} + interval does not exist", side)
    return [start, later]
