"""The envelope's JSON text -> a value of a captured column's type."""

from __future__ import annotations

from cdc.contract.schemas import Column
from materializers.engines.duckdb.duckdb_types import duckdb_expression
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.captured import captured_type
from materializers.sql.types.sql_type import WIDE, array_of, widened_type


def value_of_text(column: Column, text: str, *, is_wide: bool = False) -> str:
    """SQL that converts the SQL expression `text` (VARCHAR) to the stored type of the column; NULL
    where the text does not fit. `is_wide`: numerics of declared precision are stored as wide
    ones."""
    kind = captured_type(column)
    kind = widened_type(kind) if is_wide else kind
    if kind.dimensions:
        return text
    if kind.is_wide:
        return f"pg_numeric_read({text})"
    if kind == array_of(WIDE):
        texts = f"TRY_CAST(TRY_CAST({text} AS JSON) AS VARCHAR[])"
        values = f"list_transform({texts}, lambda e: pg_numeric_read(e))"
        return f"CASE WHEN list_count({values}) = list_count({texts}) THEN {values} END"
    if stored_type(kind) == "VARCHAR" and column.type_name in ("json", "jsonb", "interval"):
        return text
    return duckdb_expression(column.type_name, column.parameters, text)
