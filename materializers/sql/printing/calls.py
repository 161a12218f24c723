"""Aggregates, window functions, orders and frames in PostgreSQL's words."""

from __future__ import annotations

from materializers.sql.printing.expressions import Printer
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.sort_key import Bounds, Order, SortKey
from materializers.sql.types.window_call import Bound, Frame, WindowCall

_WITHIN_GROUP = ("percentile_cont", "percentile_disc", "mode")
_PLAIN_WORDS = {"representative": "any", "first": "first"}


def aggregate_text(printer: Printer, call: AggregateCall) -> str:
    """A call of an aggregate."""
    listed = [*map(str, call.options), *map(printer.text, call.arguments)]
    star = "*" if call.name == "count" and not listed else ""
    distinct = "distinct " if call.distinct else ""
    order = f"order by {order_text(printer, call.order)}" if call.order else ""
    is_within = call.name in _WITHIN_GROUP
    inside = f" {order}" if order and not is_within else ""
    name = _PLAIN_WORDS.get(call.name, call.name)
    text = f"{name}({distinct}{', '.join(listed)}{star}{inside})"
    if is_within:
        text += f" within group ({order})"
    if call.filter is not None:
        text += f" filter (where {printer.text(call.filter)})"
    return text


def window_text(printer: Printer, call: WindowCall) -> str:
    """A call of a window function without PARTITION BY, which is printed once for all calls."""
    order = f"order by {order_text(printer, call.order)}" if call.order else ""
    frame = _frame_text(printer, call.frame) if call.frame is not None else ""
    over = " ".join(part for part in (order, frame) if part)
    return f"{aggregate_text(printer, call.function)} over ({over})"


def order_text(printer: Printer, order: Order) -> str:
    """The keys of an ORDER BY, without repetitions."""
    return ", ".join(dict.fromkeys(_key_text(printer, key) for key in order))


def bounds_text(printer: Printer, bounds: Bounds) -> str:
    """ORDER BY, LIMIT and OFFSET."""
    parts = [f"order by {order_text(printer, bounds.order)}"] if bounds.order else []
    if bounds.offset is not None:
        parts.append(f"offset {printer.text(bounds.offset)}")
    if bounds.limit is not None and bounds.ties:
        parts.append(f"fetch first {printer.text(bounds.limit)} rows with ties")
    elif bounds.limit is not None:
        parts.append(f"limit {printer.text(bounds.limit)}")
    return " ".join(parts)


def _key_text(printer: Printer, key: SortKey) -> str:
    text = printer.text(key.value) + (" desc" if key.is_descending else "")
    if key.is_null_first is key.is_descending or not key.value.nullable:
        return text
    return f"{text} nulls {'first' if key.is_null_first else 'last'}"


def _frame_text(printer: Printer, frame: Frame) -> str:
    between = f"between {_bound(printer, frame.start)} and {_bound(printer, frame.end)}"
    text = f"{frame.mode.lower()} {between}"
    is_whole = frame.exclusion == "NO OTHERS"
    return text if is_whole else f"{text} exclude {frame.exclusion.lower()}"


def _bound(printer: Printer, bound: Bound) -> str:
    if bound.side == "CURRENT ROW":
        return "current row"
    distance = printer.text(bound.distance) if bound.distance is not None else "unbounded"
    return f"{distance} {bound.side.lower()}"
