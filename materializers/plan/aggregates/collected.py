"""Aggregates that collect values: string_agg, array_agg, json_agg, json_object_agg, any_value.

Where ORDER BY leaves the order open PostgreSQL's is that of its scan; here it is that of the
input's key, so that what was emitted is taken back as it was.
"""

from __future__ import annotations

from collections.abc import Callable

from materializers.plan.aggregates.accumulator import Aggregate, AggregateCall, again
from materializers.plan.render.words import words
from materializers.plan.types.comparison_key import refused
from materializers.plan.types.expression import Expression, Parameter
from materializers.plan.types.jsonb import as_jsonb
from materializers.plan.types.render import as_json, as_text
from materializers.plan.types.sql_type import (
    JSON,
    JSONB,
    JSONB_TEXT,
    TEXT,
    UNKNOWN,
    SqlType,
    array_of,
)


def _order(call: AggregateCall, value: Expression) -> str:
    """The ORDER BY of a call. With DISTINCT only what is collected can be sorted by, as in
    PostgreSQL, which sorts by it anyway."""
    if not call.distinct:
        return call.order
    if not (value.type.is_comparable and value.type.is_ordered):
        raise call.fail(refused(value.type, f"{call.name}(DISTINCT …)"))
    if any(words(by) != words(value) for by in call.ordered_by):
        raise call.fail(
            "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list"
        )
    return call.written_order or f" ORDER BY {words(value)} ASC NULLS LAST"


def _list(call: AggregateCall, value: Expression, *conditions: str) -> str:
    """SQL of the list of a group's values; NULL for no rows."""
    word = "DISTINCT " if call.distinct else ""
    return call.filtered(f"list({word}{words(value)}{_order(call, value)})", *conditions)


def _string_agg(call: AggregateCall) -> Aggregate:
    value, separator = call.arguments
    if not all(a.type.is_text or a.type == UNKNOWN for a in call.arguments):
        raise call.fail("string_agg() takes text")
    text = as_text(value)
    assert text is not None
    if separator.literal is None:
        return _separated(call, text, separator.cast(TEXT))
    if call.distinct:
        sql = _list(
            call,
            value.cast(TEXT) if value.type == UNKNOWN else value,
            f"{words(value)} IS NOT NULL",
        )
        return again(TEXT, f"array_to_string({sql}, {words(separator)})")
    return again(TEXT, call.filtered(f"string_agg({words(text)}, {words(separator)}{call.order})"))


def _separated(call: AggregateCall, text: Expression, separator: Expression) -> Aggregate:
    """Each text behind the separator of its own row; the first one without."""
    if call.distinct:
        raise call.fail("string_agg(DISTINCT …) takes a constant separator")
    pair = f"{{'t': {words(text)}, 's': coalesce({words(separator)}, '')}}"
    listed = call.filtered(f"list({pair}{call.order})", f"{words(text)} IS NOT NULL")
    joined = "CASE WHEN i > 1 THEN p.s ELSE '' END || p.t"
    return again(TEXT, f"array_to_string(list_transform({listed}, lambda p, i: {joined}), '')")


def _array_agg(call: AggregateCall) -> Aggregate:
    value = call.arguments[0]
    kind = TEXT if value.type == UNKNOWN else value.type
    if kind.element is not None or kind.name in ("interval", "record") or kind.name.endswith("[]"):
        raise call.fail(f"array_agg({kind.name}) is not supported")
    return again(array_of(kind), _list(call, value.cast(kind)))


def _json_kind(call: AggregateCall) -> SqlType:
    return JSONB if call.name.startswith("jsonb") else JSON


def _json_agg(call: AggregateCall) -> Aggregate:
    value, kind, between = call.arguments[0], _json_kind(call), ","
    member = as_jsonb(value) if kind == JSONB else None
    if member is not None:
        kind, between = JSONB_TEXT, ", "
    if call.distinct:
        element = Parameter("member", value.type)
        each = (as_jsonb(element) if member is not None else None) or as_json(element)
        listed = f"list_transform({_list(call, value)}, lambda member: {words(each)})"
        return again(kind, f"('[' || array_to_string({listed}, '{between}') || ']')")
    text = words(member or as_json(value))
    listed = call.filtered(f"string_agg({text}, '{between}'{call.order})")
    return again(kind, f"('[' || {listed} || ']')")


def _json_object_agg(call: AggregateCall) -> Aggregate:
    if call.distinct:
        raise call.fail(f"{call.name}(DISTINCT …) is not supported")
    key = as_text(call.arguments[0])
    if key is None:
        raise call.fail(f"a JSON key cannot be made of {call.arguments[0].type.name}")
    name = words(key)
    if key.nullable:
        missing = f"{name} IS NULL AND {call.filter or 'true'}"
        name = f"CASE WHEN {missing} THEN error('field name must not be null') ELSE {name} END"
    kind = _json_kind(call)
    if kind == JSONB:
        return _jsonb_object_agg(call, name)
    member = f"CAST(to_json({name}) AS VARCHAR) || ':' || {words(as_json(call.arguments[1]))}"
    listed = call.filtered(f"string_agg({member}, ','{call.order})")
    return again(kind, f"('{{' || {listed} || '}}')")


def _jsonb_object_agg(call: AggregateCall, name: str) -> Aggregate:
    """jsonb has each key once, with the last value."""
    value = as_jsonb(call.arguments[1])
    kind = JSONB if value is None else JSONB_TEXT
    pair = f"{{'k': {name}, 'v': {words(value or as_json(call.arguments[1]))}}}"
    listed = call.filtered(f"list({pair}{call.order})")
    return again(kind, f"CASE WHEN {listed} IS NOT NULL THEN pg_jsonb_object({listed}) END")


def _any_value(call: AggregateCall) -> Aggregate:
    value = call.arguments[0]
    kind = TEXT if value.type == UNKNOWN else value.type
    is_there = f"{words(value)} IS NOT NULL"
    if call.over:
        return again(kind, f"({call.filtered(f'list({words(value)}{call.order})', is_there)})[1]")
    return again(kind, call.filtered(f"first({words(value)}{call.order})", is_there))


COLLECTED: dict[str, Callable[[AggregateCall], Aggregate]] = {
    "string_agg": _string_agg,
    "array_agg": _array_agg,
    "json_agg": _json_agg,
    "jsonb_agg": _json_agg,
    "json_object_agg": _json_object_agg,
    "jsonb_object_agg": _json_object_agg,
    "any_value": _any_value,
}
