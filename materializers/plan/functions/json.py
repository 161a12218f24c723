"""JSON built from values (manual, "JSON Functions and Operators"): text by concatenation, so that
a numeric keeps every digit."""

from __future__ import annotations

from materializers.plan.functions.call import Call, Functions
from materializers.plan.types import jsonb
from materializers.plan.types.expression import Expression, Words, nullable_as, text_literal
from materializers.plan.types.render import as_json, as_text, json_name, json_object
from materializers.plan.types.sql_type import JSON, JSONB, JSONB_TEXT, SqlType


def _kind(call: Call) -> SqlType:
    return JSONB if "jsonb" in call.name else JSON


def _build_object(call: Call) -> Expression:
    if len(call.arguments) % 2:
        raise call.fail("argument list must have an even number of elements")
    names, values = call.arguments[::2], call.arguments[1::2]
    written = [_name(call, n) for n in names]
    if _kind(call) == JSONB:
        texts = [_text(call, n) for n in names]
        found = jsonb.object_of(list(zip(names, values, strict=True)), texts)
        if found is not None:
            return found
    pairs = list(zip(written, values, strict=True))
    return Words(json_object(pairs), _kind(call), False)


def _name(call: Call, name: Expression) -> str:
    if name.literal is not None:
        return json_name(name.literal)
    return f"CAST(to_json({_text(call, name)}) AS VARCHAR)"


def _text(call: Call, name: Expression) -> str:
    if name.literal is not None:
        return text_literal(name.literal)
    text = as_text(name)
    if text is None:
        raise call.fail(f"a JSON key cannot be made of {name.type.name}")
    return f"coalesce({text.sql}, error('a JSON key must not be null'))"


def _build_array(call: Call) -> Expression:
    if _kind(call) == JSONB and (found := jsonb.array(list(call.arguments))) is not None:
        return found
    members = " || ',' || ".join(as_json(a) for a in call.arguments)
    sql = f"('[' || {members} || ']')" if call.arguments else "'[]'"
    return Words(sql, _kind(call), False)


def _to_json(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    if _kind(call) == JSONB and (found := jsonb.as_jsonb(value)) is not None:
        sql = f"CASE WHEN {value.sql} IS NOT NULL THEN {found} END" if value.nullable else found
        return Words(sql, JSONB_TEXT, value.nullable)
    if value.type.name == "record":
        return Words(value.sql, _kind(call), value.nullable)
    text = as_json(nullable_as(value, False))
    return Words(text, _kind(call), value.nullable)


def _array_to_json(call: Call) -> Expression:
    if call.arguments and call.arguments[0].type.element is None:
        raise call.fail(f"array_to_json() takes an array, not {call.arguments[0].type.name}")
    return _to_json(call)


JSON_FUNCTIONS: Functions = {
    "json_build_object": _build_object,
    "jsonb_build_object": _build_object,
    "json_build_array": _build_array,
    "jsonb_build_array": _build_array,
    "array_to_json": _array_to_json,
    "to_json": _to_json,
    "to_jsonb": _to_json,
    "row_to_json": _to_json,
}
