"""Captured columns as the engine reads them: the envelope's JSON text -> a value of the type."""

from __future__ import annotations

from cdc.contract.duckdb_types import duckdb_expression
from cdc.contract.schemas import Column
from materializers.sql.types.sql_type import UNBOUNDED_SCALE, SqlType, from_column

_TEXTS = {"text", "character varying"}


def captured_type(column: Column) -> SqlType:
    """The type a column has in the engine."""
    return from_column(column.type_name, column.typmod)


def is_kept_as(before: Column, now: Column) -> bool:
    """Whether a column's values are stored as before: the same type, or text with
    another bound: capture reads a table anew when a type changes, so the values follow. Any other
    type needs other columns in the view: numeric(8,2) has no room for a numeric(12,2)."""
    if (before.type_name, before.typmod) == (now.type_name, now.typmod):
        return True
    return {before.type_name, now.type_name} <= _TEXTS


def value_expression(column: Column, text: str) -> str:
    """SQL that turns the SQL expression `text` (VARCHAR) into the column's DuckDB type; NULL
    where the text does not fit, which the caller tells from a NULL in the data."""
    kind = captured_type(column)
    if kind.name == "numeric" and column.typmod < 0:
        return _number(text, kind)
    if kind.name == "numeric[]" and column.typmod < 0:
        texts = f"TRY_CAST(TRY_CAST({text} AS JSON) AS VARCHAR[])"
        values = f"list_transform({texts}, lambda e: {_number('e', kind.element or kind)})"
        return f"CASE WHEN list_count({values}) = list_count({texts}) THEN {values} END"
    if kind.duckdb == "VARCHAR" and column.type_name in ("json", "jsonb", "interval"):
        return text
    return duckdb_expression(column.type_name, column.typmod, text)


def _number(text: str, kind: SqlType) -> str:
    """A numeric without limits; TRY_CAST rounds, so more decimals than are kept do not fit."""
    decimals = f"length(rtrim(split_part({text}, '.', 2), '0'))"
    cast = f"TRY_CAST({text} AS {kind.duckdb})"
    return f"CASE WHEN {decimals} <= {UNBOUNDED_SCALE} THEN {cast} END"
