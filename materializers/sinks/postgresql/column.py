"""Columns: their types in the sink's tables, their text for COPY, their plain JSON values."""

from __future__ import annotations

import re

import pyarrow as pa

from materializers.sinks.document import Expressions, is_text, quoted, value_text
from materializers.sinks.kind import Kind, base_type, is_array, kind_of
from materializers.view import ViewColumn

_TYPES_KEPT = frozenset(
    "date time timetz interval uuid json jsonb bytea inet cidr macaddr macaddr8 money bit varbit "
    "point line lseg box path polygon circle xml tsvector tsquery int4range int8range numrange "
    "tsrange tstzrange daterange pg_lsn oid".split()
)


def column_type(type_name: str) -> str:
    """The type in the sink's table: the view's own where every PostgreSQL has it, else text
    (enums, domains, types of extensions live in the source only)."""
    element = base_type(type_name).removesuffix("[]")
    is_known = kind_of(type_name) is not Kind.OTHER or element.split(" ")[0] in _TYPES_KEPT
    is_known = is_known and element.split(" ")[0] not in ("citext", "string")
    # char(n) without its n would be char(1).
    is_safe = re.fullmatch(r"[a-z0-9 ,()]+(\[\])*", type_name.strip().lower()) is not None
    return re.sub(r"\bserial\b", "integer", type_name.strip()) if is_known and is_safe else "text"


def copy_text(expressions: Expressions, name: str) -> str:
    """SQL for the value in COPY's text format; NULL as `\\N`.
    https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS"""
    type_ = expressions.types[name]
    text = _input_text(expressions, name)
    if not _needs_escape(type_):
        return f"coalesce({text}, '\\N')"
    for character, escape in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = f"replace({text}, chr({ord(character)}), '{escape}')"
    return f"coalesce({text}, '\\N')"


def _input_text(expressions: Expressions, name: str) -> str:
    """SQL for the text that PostgreSQL's input function takes."""
    type_, column, kind = expressions.types[name], quoted(name), expressions.kind(name)
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
    """PostgreSQL's SQL for the value such that `to_json` gives its plain form."""
    name, kind = quoted(column.name), kind_of(column.type_name)
    if is_array(column.type_name):
        return name
    if kind is Kind.BYTES:
        return f"translate(encode({name}, 'base64'), E'\\n', '') AS {name}"
    return f"{name}::text AS {name}" if kind is Kind.OTHER else name
