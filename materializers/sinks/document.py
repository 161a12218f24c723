"""SQL that writes a batch's rows as texts: JSON documents, keys, values. `renderer.py` runs it.

An expression is DuckDB SQL over the columns of one batch. JSON numbers are copied as text, never
through a double.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from materializers.duckdb_names import duckdb_names
from materializers.sinks.kind import Kind, kind_of
from materializers.view import ViewSchema


def quoted(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Expressions:
    """Expressions for the columns of one batch. `types`: name -> Arrow type; `held`: name -> quoted
    name in DuckDB."""

    view: ViewSchema
    types: dict[str, pa.DataType]
    held: dict[str, str]

    @classmethod
    def of(cls, view: ViewSchema, schema: pa.Schema) -> Expressions:
        held = map(quoted, duckdb_names(schema.names))
        types = {field.name: _stored_type(field.type) for field in schema}
        return cls(view, types, dict(zip(schema.names, held, strict=True)))

    def kind(self, name: str) -> Kind:
        return next(kind_of(c.type_name) for c in self.view.columns if c.name == name)

    def text(self, name: str) -> str:
        """The value's text in `plain.py`'s form; NULL stays NULL."""
        return value_text(self.held[name], self.types[name], self.kind(name))

    def json(self, name: str) -> str:
        """The value as JSON text on one line."""
        return value_json(self.held[name], self.types[name], self.kind(name))

    def document(self) -> str:
        """The row as one JSON object."""
        return self.object(list(self.types))

    def object(self, names: Sequence[str]) -> str:
        """These columns, at least one, as one JSON object."""
        parts = [
            literal(("," if position else "{") + json.dumps(name, ensure_ascii=False) + ":")
            + f", {self.json(name)}"
            for position, name in enumerate(names)
        ]
        return f"concat({', '.join(parts)}, '}}')"

    def array(self) -> str:
        """The row as one JSON array."""
        listed = ", ',', ".join(self.json(name) for name in self.types)
        return f"concat('[', {listed}, ']')"

    def identifier(self, names: Sequence[str]) -> str:
        """One text for the columns that no other values share: a single column's own text; JSON for
        several columns, for NULL, for the empty text, and for a text that looks like that JSON."""
        listed = ", ',', ".join(self.json(name) for name in names)
        as_json = f"concat('[', {listed}, ']')"
        if len(names) > 1:
            return as_json
        text = self.text(names[0])
        is_plain = f"{text} IS NOT NULL AND {text} <> '' AND NOT starts_with({text}, '[')"
        return f"CASE WHEN {is_plain} THEN {text} ELSE {as_json} END"


def value_text(value: str, type_: pa.DataType, kind: Kind) -> str:
    """SQL for a value's text in `plain.py`'s form; NULL stays NULL."""
    if pa.types.is_floating(type_):
        return _float_text(value)
    if pa.types.is_timestamp(type_):
        return _timestamp_text(value, is_zoned=type_.tz is not None)
    if pa.types.is_date(type_):
        return _date_text(value)
    if pa.types.is_binary(type_) or pa.types.is_large_binary(type_):
        return f"to_base64({value})"
    if pa.types.is_list(type_):
        element = value_json("element", type_.value_type, kind)
        elements = f"list_transform({value}, lambda element: {element})"
        return f"'[' || array_to_string({elements}, ',') || ']'"
    if pa.types.is_nested(type_):
        return f"CAST(to_json({value}) AS VARCHAR)"
    return f"CAST({value} AS VARCHAR)"


def value_json(value: str, type_: pa.DataType, kind: Kind) -> str:
    """SQL for a value as JSON text on one line, never NULL."""
    return f"coalesce({_json_or_null(value, type_, kind)}, 'null')"


def _json_or_null(value: str, type_: pa.DataType, kind: Kind) -> str:
    text = value_text(value, type_, kind)
    if kind is Kind.JSON and is_text(type_):
        # Between JSON tokens a raw line break can only be white space.
        return f"replace({text}, chr(10), ' ')"
    if _is_json_number(type_) or pa.types.is_nested(type_):
        return text
    string = f"CAST(to_json({text}) AS VARCHAR)"
    if pa.types.is_floating(type_):
        return f"CASE WHEN isfinite({value}) THEN {text} ELSE {string} END"
    if kind is Kind.NUMERIC and is_text(type_):
        is_number = f"regexp_full_match({text}, '-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?')"
        return f"CASE WHEN {is_number} THEN {text} ELSE {string} END"
    return string


def is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _is_json_number(type_: pa.DataType) -> bool:
    is_exact = pa.types.is_integer(type_) or pa.types.is_decimal(type_)
    return bool(is_exact or pa.types.is_boolean(type_))


def _float_text(value: str) -> str:
    return (
        f"CASE WHEN isfinite({value}) THEN CAST({value} AS VARCHAR) WHEN isnan({value}) "
        f"THEN 'NaN' WHEN {value} > 0 THEN 'Infinity' WHEN {value} < 0 THEN '-Infinity' END"
    )


def _timestamp_text(value: str, is_zoned: bool) -> str:
    moment = f"({value} AT TIME ZONE 'UTC')" if is_zoned else value
    zone = "+00:00" if is_zoned else ""
    text = f"replace(CAST({moment} AS VARCHAR), ' ', 'T') || '{zone}'"
    early = rf"regexp_replace({text}, '^(.*)T\(BC\)(.*)$', '\1\2 BC')"
    return (
        f"CASE WHEN NOT isfinite({value}) THEN CAST({value} AS VARCHAR)"
        f" WHEN {moment} < TIMESTAMP '0001-01-01' THEN {early} ELSE {text} END"
    )


def _date_text(value: str) -> str:
    return (
        f"CASE WHEN {value} < DATE '0001-01-01' THEN"
        f" replace(CAST({value} AS VARCHAR), ' (BC)', ' BC') ELSE CAST({value} AS VARCHAR) END"
    )


def _stored_type(type_: pa.DataType) -> pa.DataType:
    return type_.storage_type if isinstance(type_, pa.BaseExtensionType) else type_
