"""JSON built from values (manual, "JSON Functions and Operators")."""

from __future__ import annotations

from materializers.sql.functions.call import Call, Functions
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.jsonb import has_jsonb_text
from materializers.sql.types.output import key_text
from materializers.sql.types.sql_type import JSON, JSONB, JSONB_TEXT, TEXT, UNKNOWN, SqlType


def _kind(call: Call, values: tuple[Expression, ...]) -> SqlType:
    """The result type: json, or jsonb, in PostgreSQL's text where the texts of all values are
    known."""
    if "jsonb" not in call.name:
        return JSON
    return JSONB_TEXT if all(has_jsonb_text(value.type) for value in values) else JSONB


def _build_object(call: Call) -> Expression:
    if len(call.arguments) % 2:
        raise call.fail("argument list must have an even number of elements")
    keys, values = call.arguments[::2], call.arguments[1::2]
    pairs = [
        each
        for key, value in zip(keys, values, strict=True)
        for each in (_object_key(call, key), value)
    ]
    return Apply(call.name, tuple(pairs), _kind(call, values), False)


def _object_key(call: Call, key: Expression) -> Expression:
    """A key as text; a NULL key is an error at run time."""
    if key.literal is not None:
        return key
    text = key_text(key)
    if text is None:
        raise call.fail(f"a JSON key cannot be made of {key.type.name}")
    return Apply("object key", (text,), TEXT, False)


def _build_array(call: Call) -> Expression:
    return Apply(call.name, call.arguments, _kind(call, call.arguments), False)


def _to_json(call: Call) -> Expression:
    call.expect(1)
    if call.arguments[0].type == UNKNOWN:
        raise call.fail(f"the type of the argument of {call.name}() is unknown: cast the constant")
    return call.apply(_kind(call, call.arguments), *call.arguments)


def _array_to_json(call: Call) -> Expression:
    if call.arguments and call.arguments[0].type.element is None:
        raise call.fail(f"array_to_json() takes an array, not {call.arguments[0].type.name}")
    return _to_json(call)


def _row_to_json(call: Call) -> Expression:
    call.expect(1)
    if call.arguments[0].type.name != "record":
        raise call.fail(f"row_to_json() takes a row, not {call.arguments[0].type.name}")
    return _to_json(call)


JSON_FUNCTIONS: Functions = {
    "json_build_object": _build_object,
    "jsonb_build_object": _build_object,
    "json_build_array": _build_array,
    "jsonb_build_array": _build_array,
    "array_to_json": _array_to_json,
    "to_json": _to_json,
    "to_jsonb": _to_json,
    "row_to_json": _row_to_json,
}
