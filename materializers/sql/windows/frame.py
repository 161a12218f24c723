"""Frames: ROWS, RANGE and GROUPS with their bounds and EXCLUDE (manual, "Window Function Calls").

A bound of RANGE is added to the ORDER BY value. Both are converted to types so wide that the sum
fits, because PostgreSQL does not overflow there either.
"""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.translator import Translator
from materializers.sql.types.comparison_key import interval_key
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import (
    BIGINT,
    DIGITS_MAX,
    DOUBLE,
    INTERVAL,
    TIMESTAMP,
    TIMESTAMPTZ,
    WIDE,
    Outgrown,
    SqlType,
    numeric,
)
from materializers.sql.types.window_call import Bound, Frame
from materializers.sql.windows.definition import Definition

_DECIMALS = 10
"""The least number of decimals of a distance from a numeric."""

_EDGES = ("UNBOUNDED", "CURRENT ROW")
_PLACES = {
    ("UNBOUNDED", "PRECEDING"): 0,
    ("", "PRECEDING"): 1,
    ("CURRENT ROW", None): 2,
    ("", "FOLLOWING"): 3,
    ("UNBOUNDED", "FOLLOWING"): 4,
}

Written = tuple[object, str | None]


def bounds(definition: Definition) -> tuple[Written, Written]:
    """Start and end, each with value and side; a missing end is the current row."""
    frame = definition.frame
    if frame is None:
        return ("UNBOUNDED", "PRECEDING"), ("CURRENT ROW", None)
    start = frame.args["start"], frame.args.get("start_side")
    end = frame.args.get("end") or "CURRENT ROW", frame.args.get("end_side")
    return start, end


def has_distance(definition: Definition) -> bool:
    """Whether it is RANGE with a distance, which is added to the ORDER BY value."""
    is_range = definition.mode == "RANGE"
    return is_range and any(value not in _EDGES for value, _ in bounds(definition))


def is_whole(definition: Definition, frame: Frame | None) -> bool:
    """Whether every row's frame is its entire partition."""
    if frame is None:
        return not definition.order
    ends = (frame.start, frame.end)
    is_open = all(bound.distance is None and bound.side != "CURRENT ROW" for bound in ends)
    return is_open and frame.exclusion == "NO OTHERS"


def frame_of(
    definition: Definition, value: Expression | None, translate: Translator
) -> Frame | None:
    """The frame; None for the default one. `value`: the ORDER BY value of a RANGE with a distance.
    Raises ViewError."""
    frame = definition.frame
    if frame is None:
        return None
    _check(definition, frame, translate)
    start, end = (_bound(definition.mode, bound, value, translate) for bound in bounds(definition))
    return Frame(definition.mode, start, end, definition.exclusion)


def _bound(mode: str, bound: Written, value: Expression | None, translate: Translator) -> Bound:
    distance, side = bound
    if isinstance(distance, exp.Expr):
        return Bound(str(side), _offset(mode, distance, value, translate))
    return Bound(str(side) if side else "CURRENT ROW")


def _check(definition: Definition, frame: exp.WindowSpec, translate: Translator) -> None:
    (start, start_side), (end, end_side) = bounds(definition)
    for value, side in ((start, start_side), (end, end_side)):
        if side is None and value != "CURRENT ROW":
            raise translate.fail("a frame's bound is PRECEDING or FOLLOWING", frame.parent or frame)
    places = [
        _PLACES[(value if value in _EDGES else "", side if value != "CURRENT ROW" else None)]
        for value, side in ((start, start_side), (end, end_side))
    ]
    if places[0] == 4 or places[1] == 0 or places[0] > places[1]:
        raise translate.fail("the frame starts after its end", frame)
    if definition.mode == "GROUPS" and not definition.order:
        raise translate.fail("GROUPS mode requires an ORDER BY clause", frame)
    if has_distance(definition) and len(definition.order) != 1:
        message = "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column"
        raise translate.fail(message, frame)


def _offset(
    mode: str, node: exp.Expr, value: Expression | None, translate: Translator
) -> Expression:
    if node.find(exp.Column, exp.Query) is not None:
        raise translate.fail(f"argument of {mode} must not contain variables", node)
    if isinstance(node.unnest(), exp.Neg):
        raise translate.fail("invalid preceding or following size in window function", node)
    offset = translate(node)
    if value is not None:
        return _distance(value, offset, node, translate)
    if not (offset.type.is_integer or offset.literal is not None):
        raise translate.fail(f"argument of {mode} must be type bigint", node)
    return offset.cast(BIGINT)


# RANGE with a distance


def range_key(value: Expression, frame: exp.WindowSpec, translate: Translator) -> Expression:
    """The ORDER BY value of a RANGE with a distance, in a type that the distance can be added
    to."""
    kind = value.type
    if kind.name == "time without time zone":
        return Apply("microseconds of time", (value,), numeric(DIGITS_MAX, 0), value.nullable)
    if kind.name == "interval":
        return interval_key(value)
    wide = _wide(kind, is_exact=translate.source.is_wide)
    if wide is None:
        message = f"RANGE with offset PRECEDING/FOLLOWING is not supported for {kind.name}"
        raise translate.fail(message, frame)
    return value.cast(wide)


def _wide(kind: SqlType, *, is_exact: bool) -> SqlType | None:
    """A type with room for the sum; `is_exact`: 38 digits are known not to suffice."""
    if is_exact and kind.name == "numeric":
        return WIDE
    if kind.is_float:
        return DOUBLE
    if kind.is_integer:
        return numeric(DIGITS_MAX, 0)
    if kind.is_number:
        return numeric(DIGITS_MAX, max(kind.scale, _DECIMALS - max(0, kind.precision - 28)))
    if kind == TIMESTAMPTZ:
        return kind
    return TIMESTAMP if kind.is_timestamp or kind.name == "date" else None


def _distance(
    value: Expression, offset: Expression, node: exp.Expr, translate: Translator
) -> Expression:
    """The distance, in a type that can be added to `value`."""
    kind = value.type
    if offset.literal is None and not _fits(kind, offset.type):
        message = "RANGE with offset PRECEDING/FOLLOWING is not supported for column type"
        raise translate.fail(f"{message} {kind.name} and offset type {offset.type.name}", node)
    wide = _wide(kind, is_exact=translate.source.is_wide)
    if wide is not None and kind.is_number:
        if wide.is_wide or wide.name != "numeric":
            return offset.cast(wide)
        if offset.type.scale > wide.scale or not _has_room(offset.type, wide):
            raise Outgrown
        return offset.cast(wide)
    interval = offset.cast(INTERVAL)
    if kind.name == "time without time zone":
        return Apply("microseconds", (interval,), numeric(DIGITS_MAX, 0), interval.nullable)
    return interval_key(interval) if kind.name == "interval" else interval


def _has_room(kind: SqlType, wide: SqlType) -> bool:
    return not kind.is_wide and kind.precision - kind.scale <= wide.precision - wide.scale


def _fits(kind: SqlType, offset: SqlType) -> bool:
    if kind.is_integer:
        return offset.is_integer
    if kind.name == "numeric":
        return offset.is_integer or offset.name == "numeric"
    return offset.is_number if kind.is_float else offset.name == "interval"
