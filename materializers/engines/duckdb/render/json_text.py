"""Renders JSON built from values, by concatenating texts, so that no digit of a numeric is lost."""

from __future__ import annotations

from collections.abc import Iterable

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.render.value_text import float_text
from materializers.sql.types.expression import Apply, Expression, Parameter, text_literal
from materializers.sql.types.json_text import string
from materializers.sql.types.output import has_display_scale
from materializers.sql.types.sql_type import DATE, INTERVAL, JSONB_TEXT, TIMESTAMPTZ, UNKNOWN


def json_of(value: Expression) -> str:
    """SQL of the value's JSON text; the text `null` for NULL."""
    text = _json_or_null(value)
    return f"coalesce({text}, 'null')" if value.nullable else text


def _json_or_null(value: Expression) -> str:
    kind, sql = value.type, words_of(value)
    if kind.is_json or kind.is_integer or kind.name == "boolean":
        return f"CAST({sql} AS VARCHAR)"
    if kind.is_float:
        text = float_text(words_of(value))
        return f"CASE WHEN isfinite({sql}) THEN {text} ELSE '\"' || {text} || '\"' END"
    if kind.is_wide:
        special = f"{sql} IN ('NaN', 'Infinity', '-Infinity')"
        return f"CASE WHEN {special} THEN '\"' || {sql} || '\"' ELSE {sql} END"
    if kind.name == "numeric":
        text = f"CAST({sql} AS VARCHAR)"
        return text if has_display_scale(kind) else _trimmed(text)
    if kind.name.startswith("time "):
        return f"('\"' || CAST({sql} AS VARCHAR) || '\"')"
    if kind == DATE or kind.is_timestamp:
        return _moment(value)
    if kind == UNKNOWN and value.literal is None:
        return "'null'"
    if kind.name == "record":
        return sql
    if kind.name == "bytea":
        return f"('\"\\\\x' || lower(hex({sql})) || '\"')"
    if kind.name == "interval":
        return f"('\"' || pg_interval_text({words_of(value.cast(INTERVAL))}) || '\"')"
    if (element := kind.element) is not None and not kind.is_stored_as_text:
        members = f"list_transform({sql}, lambda e: {json_of(Parameter('e', element))})"
        return f"('[' || array_to_string({members}, ',') || ']')"
    return f"CAST(to_json({sql}) AS VARCHAR)"


def _moment(value: Expression) -> str:
    """A moment (json.c, JsonEncodeDateTime)."""
    text = f"pg_moment_text(CAST({words_of(value)} AS VARCHAR))"
    if value.type.is_timestamp:
        text = f"regexp_replace({text}, ' ', 'T')"
    if value.type == TIMESTAMPTZ:
        text = rf"regexp_replace({text}, '(\+00)( BC)?$', '\1:00\2')"
    return f"('\"' || {text} || '\"')"


def _trimmed(number: str) -> str:
    """A decimal's text without the trailing zeros that only the stored scale adds."""
    return f"regexp_replace({number}, '\\.?0+$', '')"


def jsonb_of(value: Expression) -> str:
    """SQL of the value's jsonb text (jsonb.c): keys sorted by length, then by bytes, each once; a
    space after `:` and `,`. The text `null` for NULL."""
    kind, sql = value.type, words_of(value)
    if kind.name == "record":
        sql = f"pg_jsonb_object(pg_jsonb_members({sql}))"
    if kind.name in ("record", "jsonb"):
        return f"coalesce({sql}, 'null')" if value.nullable else sql
    if kind.element is None or kind.is_stored_as_text:
        return json_of(value)
    members = f"list_transform({sql}, lambda e: {jsonb_of(Parameter('e', kind.element))})"
    return f"coalesce('[' || array_to_string({members}, ', ') || ']', 'null')"


def _to_json(node: Apply) -> str:
    value = node.arguments[0]
    if node.type == JSONB_TEXT:
        text = jsonb_of(value)
        return (
            f"CASE WHEN {words_of(value)} IS NOT NULL THEN {text} END" if value.nullable else text
        )
    return words_of(value) if value.type.name == "record" else _json_or_null(value)


def _array(node: Apply) -> str:
    if not node.arguments:
        return "'[]'"
    if node.type == JSONB_TEXT:
        return _between("[", map(jsonb_of, node.arguments), "]")
    return _between("[", map(json_of, node.arguments), "]")


def _between(start: str, members: Iterable[str], end: str) -> str:
    joined = " || ', ' || ".join(members)
    return f"('{start}' || {joined} || '{end}')"


def _object(node: Apply) -> str:
    pairs = list(zip(node.arguments[::2], node.arguments[1::2], strict=True))
    if node.type == JSONB_TEXT:
        return _jsonb_object(pairs)
    members = [f"{_name(key)} || ' : ' || {json_of(value)}" for key, value in pairs]
    return _between("{", members, "}") if members else "'{}'"


def _name(key: Expression) -> str:
    if key.literal is not None:
        return json_name(key.literal)
    return f"CAST(to_json({words_of(key)}) AS VARCHAR)"


def json_name(name: str) -> str:
    """A constant name as a JSON string."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return text_literal(f'"{escaped}"')


def _jsonb_object(pairs: list[tuple[Expression, Expression]]) -> str:
    if not pairs:
        return "'{}'"
    constants = {key.literal: jsonb_of(value) for key, value in pairs}
    if None in constants:
        members = ", ".join(
            f"{{'k': {words_of(key)}, 'v': {jsonb_of(value)}}}" for key, value in pairs
        )
        return f"pg_jsonb_object([{members}])"
    names = sorted(
        (len(name.encode()), name.encode(), name) for name in constants if name is not None
    )
    texts = (f"{text_literal(f'{string(name)}: ')} || {constants[name]}" for *_, name in names)
    return _between("{", texts, "}")


def _record(node: Apply) -> str:
    """A record as row_to_json writes it; for a nullable record, NULL where all fields are NULL."""
    names = [json_name(name) for name, _ in node.type.fields]
    pairs = zip(names, map(json_of, node.arguments), strict=True)
    members = " || ',' || ".join(f"{name} || ':' || {value}" for name, value in pairs)
    text = f"('{{' || {members} || '}}')" if members else "'{}'"
    if not node.nullable:
        return text
    absent = " AND ".join(f"{words_of(each)} IS NULL" for each in node.arguments)
    return f"CASE WHEN {absent} THEN NULL ELSE {text} END"


JSON_TEXTS: Renderings = {
    "json": lambda node: json_of(node.arguments[0]),
    "jsonb": lambda node: jsonb_of(node.arguments[0]),
    "record": _record,
    "object key": "coalesce({0}, error('a JSON key must not be null'))",
    **dict.fromkeys(("to_json", "to_jsonb", "array_to_json", "row_to_json"), _to_json),
    **dict.fromkeys(("json_build_array", "jsonb_build_array"), _array),
    **dict.fromkeys(("json_build_object", "jsonb_build_object"), _object),
}
