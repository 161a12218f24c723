"""Aggregates that collect values: string_agg, array_agg, json_agg, json_object_agg, any_value.

For rows that ORDER BY makes equal, PostgreSQL collects in scan order. Here the input's key breaks
the tie, so that the result is the same each time it is computed.
"""

from __future__ import annotations

from materializers.sql.aggregates.written_call import Binding, WrittenCall
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import order_key, refused
from materializers.sql.types.expression import Constant, stored
from materializers.sql.types.jsonb import has_jsonb_text
from materializers.sql.types.output import key_text
from materializers.sql.types.sort_key import Order, SortKey
from materializers.sql.types.sql_type import (
    JSON,
    JSONB,
    JSONB_TEXT,
    TEXT,
    UNKNOWN,
    SqlType,
    array_of,
)


def _order(call: WrittenCall) -> Order:
    """The order in which the values are collected. With DISTINCT, as in PostgreSQL, they can only
    be sorted by themselves."""
    value = call.value
    if not call.distinct:
        return call.order + call.tiebreak
    is_label = value.type.element is None and bool(value.type.labels)
    is_sorted = value.type.is_comparable and value.type.is_ordered
    if not (is_label or is_sorted or value.type.is_wide):
        raise call.fail(refused(value.type, f"{call.name}(DISTINCT …)"))
    if any(by != call.arguments[0] for by in call.ordered_by):
        raise call.fail(
            "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list"
        )
    return call.order or (SortKey(order_key(value) or value),)


def _string_agg(call: WrittenCall) -> AggregateCall:
    separator = call.arguments[1]
    if not all(a.type.is_text or a.type == UNKNOWN for a in call.arguments):
        raise call.fail("string_agg() takes text")
    if call.distinct and not isinstance(separator, Constant):
        raise call.fail("string_agg(DISTINCT …) takes a constant separator")
    return call.bound(TEXT, call.value.cast(TEXT), separator.cast(TEXT), order=_order(call))


def _refuse_unknown(call: WrittenCall) -> None:
    if call.arguments[0].type == UNKNOWN:
        raise call.fail(f"the type of the argument of {call.name}() is unknown: cast the constant")


def _array_agg(call: WrittenCall) -> AggregateCall:
    _refuse_unknown(call)
    kind = call.value.type
    if kind.element is not None or kind.name == "record":
        raise call.fail(f"array_agg({kind.name}) is not supported")
    return call.bound(array_of(kind), stored(call.value), order=_order(call))


def _json_kind(call: WrittenCall, held: SqlType) -> SqlType:
    """The result type; jsonb has PostgreSQL's text if the texts of its values are known."""
    if not call.name.startswith("jsonb"):
        return JSON
    return JSONB_TEXT if has_jsonb_text(held) else JSONB


def _json_agg(call: WrittenCall) -> AggregateCall:
    _refuse_unknown(call)
    value = call.arguments[0]
    return call.bound(_json_kind(call, value.type), value, order=_order(call))


def _json_object_agg(call: WrittenCall) -> AggregateCall:
    if call.distinct:
        raise call.fail(f"{call.name}(DISTINCT …) is not supported")
    key, value = key_text(call.arguments[0]), call.arguments[1]
    if key is None:
        raise call.fail(f"a JSON key cannot be made of {call.arguments[0].type.name}")
    return call.bound(_json_kind(call, value.type), key, value, order=call.order + call.tiebreak)


def _any_value(call: WrittenCall) -> AggregateCall:
    _refuse_unknown(call)
    return call.bound(call.value.type, call.value, order=call.order + call.tiebreak)


COLLECTED: dict[str, Binding] = {
    "string_agg": _string_agg,
    "array_agg": _array_agg,
    "json_agg": _json_agg,
    "jsonb_agg": _json_agg,
    "json_object_agg": _json_object_agg,
    "jsonb_object_agg": _json_object_agg,
    "any_value": _any_value,
}
