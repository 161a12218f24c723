"""Aggregates that collect values: string_agg, array_agg, json_agg, json_object_agg, any_value.

Where ORDER BY leaves the order open PostgreSQL's is that of its scan; here it is that of the
input's key, so that what was emitted is taken back as it was.
"""

from __future__ import annotations

from collections.abc import Callable

from materializers.plan.aggregates.accumulator import Aggregate, AggregateCall, again
from materializers.plan.types.comparison_key import refused
from materializers.plan.types.expression import Expression
from materializers.plan.types.render import as_json, as_text
from materializers.plan.types.sql_type import JSON, JSONB, TEXT, UNKNOWN, SqlType, array_of


def _order(call: AggregateCall, value: Expression) -> str:
    """The ORDER BY of a call. With DISTINCT only what is collected can be sorted by, as in
    PostgreSQL, which sorts by it anyway."""
    if not call.distinct:
        return call.order
    if not (value.type.is_comparable and value.type.is_ordered):
        raise call.fail(refused(value.type, f"{call.name}(DISTINCT …)"))
    if any(by.sql != value.sql for by in call.ordered_by):
        raise call.fail(
            "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list"
        )
    return call.written_order or f" ORDER BY {value.sql} ASC NULLS LAST"


def _list(call: AggregateCall, value: Expression, *conditions: str) -> str:
    """SQL of the list of a group's values; NULL for no rows."""
    word = "DISTINCT " if call.distinct else ""
    return call.filtered(f"list({word}{value.sql}{_order(call, value)})", *conditions)


def _string_agg(call: AggregateCall) -> Aggregate:
    value, separator = call.arguments
    if not all(a.type.is_text or a.type == UNKNOWN for a in call.arguments):
        raise call.fail("string_agg() takes text")
    text = as_text(value)
    assert text is not None
    if separator.literal is None:
        raise call.fail("string_agg() takes a constant separator")
    if call.distinct:
        sql = _list(
            call, value.cast(TEXT) if value.type == UNKNOWN else value, f"{value.sql} IS NOT NULL"
        )
        return again(TEXT, f"array_to_string({sql}, {separator.sql})")
    return again(TEXT, call.filtered(f"string_agg({text.sql}, {separator.sql}{call.order})"))


def _array_agg(call: AggregateCall) -> Aggregate:
    value = call.arguments[0]
    kind = TEXT if value.type == UNKNOWN else value.type
    if kind.element is not None or kind.name in ("interval", "record") or kind.name.endswith("[]"):
        raise call.fail(f"array_agg({kind.name}) is not supported")
    return again(array_of(kind), _list(call, value.cast(kind)))


def _json_kind(call: AggregateCall) -> SqlType:
    return JSONB if call.name.startswith("jsonb") else JSON


def _json_agg(call: AggregateCall) -> Aggregate:
    value = call.arguments[0]
    if call.distinct:
        members = as_json(Expression("member", value.type))
        listed = f"list_transform({_list(call, value)}, lambda member: {members})"
        return again(_json_kind(call), f"('[' || array_to_string({listed}, ',') || ']')")
    listed = call.filtered(f"string_agg({as_json(value)}, ','{call.order})")
    return again(_json_kind(call), f"('[' || {listed} || ']')")


def _json_object_agg(call: AggregateCall) -> Aggregate:
    if call.distinct:
        raise call.fail(f"{call.name}(DISTINCT …) is not supported")
    key = as_text(call.arguments[0])
    if key is None:
        raise call.fail(f"a JSON key cannot be made of {call.arguments[0].type.name}")
    name = key.sql
    if key.nullable:
        missing = f"{name} IS NULL AND {call.filter or 'true'}"
        name = f"CASE WHEN {missing} THEN error('field name must not be null') ELSE {name} END"
    kind = _json_kind(call)
    if kind == JSONB:
        return again(kind, _last_of_each(call, name))
    member = f"CAST(to_json({name}) AS VARCHAR) || ':' || {as_json(call.arguments[1])}"
    listed = call.filtered(f"string_agg({member}, ','{call.order})")
    return again(kind, f"('{{' || {listed} || '}}')")


def _last_of_each(call: AggregateCall, name: str) -> str:
    """jsonb has each key once, with the last value, and sorts keys by length, then bytes."""
    pair = f"{{'k': {name}, 'v': {as_json(call.arguments[1])}}}"
    listed = call.filtered(f"list({pair}{call.order})")
    numbered = (
        f"list_sort(list_transform({listed}, lambda p, i:"
        " {'n': strlen(p.k), 'k': p.k, 'i': i, 'v': p.v}))"
    )
    # One list stands for "let": a pair is the last of its key where the next key differs
    last = "list_filter(l, lambda p, i: i = len(l) OR l[i + 1].k <> p.k)"
    members = f"list_transform({last}, lambda p: CAST(to_json(p.k) AS VARCHAR) || ':' || p.v)"
    text = f"'{{' || array_to_string({members}, ',') || '}}'"
    return f"(list_transform([{numbered}], lambda l: CASE WHEN l IS NOT NULL THEN {text} END)[1])"


def _any_value(call: AggregateCall) -> Aggregate:
    value = call.arguments[0]
    kind = TEXT if value.type == UNKNOWN else value.type
    return again(kind, call.filtered(f"first({value.sql}{call.order})", f"{value.sql} IS NOT NULL"))


COLLECTED: dict[str, Callable[[AggregateCall], Aggregate]] = {
    "string_agg": _string_agg,
    "array_agg": _array_agg,
    "json_agg": _json_agg,
    "jsonb_agg": _json_agg,
    "json_object_agg": _json_object_agg,
    "jsonb_object_agg": _json_object_agg,
    "any_value": _any_value,
}
