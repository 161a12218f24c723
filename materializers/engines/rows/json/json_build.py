"""JSON built from values (manual, "JSON Functions and Operators")."""

from __future__ import annotations

from collections.abc import Callable

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.json.json_depth import all_within_depth
from materializers.engines.rows.json.json_output import (
    json_writer,
    jsonb_writer,
    nullable_writer,
    object_text,
)
from materializers.engines.rows.json.json_value import string
from materializers.engines.rows.meaning import Chosen
from materializers.engines.rows.values import Value
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import UNKNOWN, SqlType

_OPTIONAL = Callable[[Value | None], str]


def _writer(kind: SqlType, *, is_jsonb: bool) -> _OPTIONAL:
    return nullable_writer((jsonb_writer if is_jsonb else json_writer)(kind))


def _written(node: Apply) -> Callable[[Value], str]:
    """`to_json` and the like: NULL stays NULL."""
    write = jsonb_writer if node.type.name == "jsonb" else json_writer
    return write(node.arguments[0].type)


def _member(node: Apply) -> _OPTIONAL:
    """The same, with the JSON `null` for NULL."""
    return _writer(node.arguments[0].type, is_jsonb=node.name == "jsonb")


def _array(node: Apply) -> Callable[..., str]:
    is_jsonb = node.type.name == "jsonb"
    writers = [_writer(each.type, is_jsonb=is_jsonb) for each in node.arguments]

    def build(*values: Value | None) -> str:
        shown = [write(each) for write, each in zip(writers, values, strict=True)]
        return f"[{', '.join(shown)}]"

    return build


def _object(node: Apply) -> Callable[..., str]:
    is_jsonb = node.type.name == "jsonb"
    writers = [_writer(each.type, is_jsonb=is_jsonb) for each in node.arguments[1::2]]
    keys = [_key_text(each) for each in node.arguments[::2]]

    def build(*values: Value | None) -> str:
        names = [text(value) for text, value in zip(keys, values[::2], strict=True)]
        shown = [write(each) for write, each in zip(writers, values[1::2], strict=True)]
        pairs = list(zip(names, shown, strict=True))
        if is_jsonb:
            return object_text(pairs)
        return "{" + ", ".join([f"{string(name)} : {value}" for name, value in pairs]) + "}"

    return build


def _key_text(key: Expression) -> Callable[[Value | None], str]:
    assert key.type.is_text or key.type == UNKNOWN, key
    return _object_key


def _object_key(text: str | None) -> str:
    if text is None:
        raise EvaluationError("argument 1: key must not be null")
    return text


def _record(node: Apply) -> Callable[..., tuple[Value, ...] | None]:
    """A record as JSON; for a nullable record, NULL where all fields are NULL."""
    if not node.nullable:
        return lambda *values: values
    return lambda *values: None if all(each is None for each in values) else values


JSON_BUILDING = all_within_depth(
    {
        "json": Chosen(_member, is_strict=False),
        "jsonb": Chosen(_member, is_strict=False),
        "record": Chosen(_record, is_strict=False),
        "object key": Chosen(lambda node: _object_key, is_strict=False),
        **dict.fromkeys(("to_json", "to_jsonb", "array_to_json", "row_to_json"), Chosen(_written)),
        **dict.fromkeys(("json_build_array", "jsonb_build_array"), Chosen(_array, is_strict=False)),
        **dict.fromkeys(
            ("json_build_object", "jsonb_build_object"), Chosen(_object, is_strict=False)
        ),
    }
)
