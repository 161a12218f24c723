"""The envelope's JSON text -> a value of a captured column's type."""

from __future__ import annotations

from cdc.contract.duckdb_types import duckdb_expression
from cdc.contract.schemas import Column
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.captured import captured_type
from materializers.sql.types.sql_type import UNBOUNDED_SCALE, SqlType


def value_of_text(column: Column, text: str) -> str:
    """SQL that turns the SQL expression `text` (VARCHAR) into the type the column is stored as;
    NULL where the text does not fit, which the caller tells from a NULL in the data."""
    kind = captured_type(column)
    if kind.name == "numeric" and column.typmod < 0:
        return _number(text, kind)
    if kind.name == "numeric[]" and column.typmod < 0:
        texts = f"TRY_CAST(TRY_CAST({text} AS JSON) AS VARCHAR[])"
        values = f"list_transform({texts}, lambda e: {_number('e', kind.element or kind)})"
        return f"CASE WHEN list_count({values}) = list_count({texts}) THEN {values} END"
    if stored_type(kind) == "VARCHAR" and column.type_name in ("json", "jsonb", "interval"):
        return text
    return duckdb_expression(column.type_name, column.typmod, text)


def _number(text: str, kind: SqlType) -> str:
    """A numeric without limits; TRY_CAST rounds, so more decimals than are kept do not fit."""
    decimals = f"length(rtrim(split_part({text}, '.', 2), '0'))"
    cast = f"TRY_CAST({text} AS {stored_type(kind)})"
    return f"CASE WHEN {decimals} <= {UNBOUNDED_SCALE} THEN {cast} END"
