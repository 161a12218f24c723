"""Columns in PostgreSQL: types, texts for COPY, and plain JSON values."""

from __future__ import annotations

import re

import pyarrow as pa

from materializers.sinks.document import Expressions, is_text, quoted, value_text
from materializers.sinks.kind import Kind, base_type, is_array, kind_of
from materializers.view import ViewColumn

_SAME_TYPES = frozenset(
    "date time timetz interval uuid json jsonb bytea inet cidr macaddr macaddr8 bit varbit "
    "point line lseg box path polygon circle xml tsvector tsquery int4range int8range numrange "
    "tsrange tstzrange daterange pg_lsn oid".split()
)
# Without a length, the first three mean one character or one bit, and views' types may lack it.
# The text of money depends on the database's locale; citext is an extension's type.
_TYPE_OF = {
    "character": "text",
    "char": "text",
    "bit": "bit varying",
    "money": "numeric(19,2)",
    "citext": "text",
    "string": "text",
}
# Backslash first: the other escapes begin with it.
_ESCAPES = {92: "\\\\", 9: "\\t", 10: "\\n", 13: "\\r"}


def column_type(type_name: str) -> str:
    """The column's type in the sink's table: the view's own if every PostgreSQL has it, else text
    (enums, domains and extensions' types exist in the source only)."""
    name = type_name.strip().lower()
    element = name.removesuffix("[]")
    brackets = name[len(element) :]
    if element in _TYPE_OF:
        return _TYPE_OF[element] + brackets
    first = base_type(element).split(" ")[0]
    is_known = kind_of(element) is not Kind.OTHER or first in _SAME_TYPES
    is_plain = re.fullmatch(r"[a-z0-9 ,()-]+", element) is not None
    return (element if is_known and is_plain else "text") + brackets


def copy_text(expressions: Expressions, name: str) -> str:
    """SQL for the value in COPY's text format; NULL is `\\N`.
    https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS"""
    type_ = expressions.types[name]
    text = input_text(expressions, name)
    if not _needs_escape(type_):
        return f"coalesce({text}, '\\N')"
    return f"coalesce({_escaped(text)}, '\\N')"


def _escaped(text: str) -> str:
    """Few texts need escaping; testing first halves the cost."""
    needs_escape = " OR ".join(f"contains({text}, chr({code}))" for code in _ESCAPES)
    replaced = text
    for code, escape in _ESCAPES.items():
        replaced = f"replace({replaced}, chr({code}), '{escape}')"
    return f"CASE WHEN {needs_escape} THEN {replaced} ELSE {text} END"


def input_text(expressions: Expressions, name: str) -> str:
    """SQL for a text that PostgreSQL's input function accepts."""
    type_, column, kind = expressions.types[name], expressions.held[name], expressions.kind(name)
    if pa.types.is_list(type_):
        return _array_text(column, type_.value_type, kind)
    return _scalar_text(column, type_, kind)


def _scalar_text(value: str, type_: pa.DataType, kind: Kind) -> str:
    if kind is Kind.BYTES:
        data = f"from_base64({value})" if is_text(type_) else value
        return f"'\\x' || lower(hex({data}))"
    return value_text(value, type_, kind)


def _array_text(value: str, element_type: pa.DataType, kind: Kind) -> str:
    """https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO"""
    element = _scalar_text("element", element_type, kind)
    escaped = f"replace(replace({element}, chr(92), '\\\\'), '\"', '\\\"')"
    each = f"coalesce('\"' || {escaped} || '\"', 'NULL')"
    elements = f"list_transform({value}, lambda element: {each})"
    return f"'{{' || array_to_string({elements}, ',') || '}}'"


def _needs_escape(type_: pa.DataType) -> bool:
    is_number = pa.types.is_integer(type_) or pa.types.is_decimal(type_)
    is_moment = pa.types.is_temporal(type_) and not pa.types.is_interval(type_)
    return not (is_number or is_moment or pa.types.is_boolean(type_) or pa.types.is_floating(type_))


def json_value(column: ViewColumn) -> str:
    """PostgreSQL's SQL for the value whose `to_json` is its plain form."""
    name, kind = quoted(column.name), kind_of(column.type_name)
    if is_array(column.type_name):
        return name
    if kind is Kind.BYTES:
        return f"translate(encode({name}, 'base64'), E'\\n', '') AS {name}"
    return f"{name}::text AS {name}" if kind is Kind.OTHER else name
