"""Renders what DuckDB does with wide numerics: comparing, and reading the row engine's results."""

from __future__ import annotations

from materializers.engines.duckdb.by_rows.exchange import read
from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply


def _answer(node: Apply) -> str:
    """Reads a value that the row engine computed; raises its error if it has one."""
    text = words_of(node.arguments[0])
    value = read(f"substring({text}, 2)", node.type)
    error = f"CAST(error(substring({text}, 2)) AS {stored_type(node.type)})"
    return f"CASE WHEN starts_with({text}, '!') THEN {error} ELSE {value} END"


WIDE_NUMERICS: Renderings = {
    "by rows": _answer,
    "trim scale": "pg_numeric_trim({0})",
    "numeric key": "pg_numeric_key({0})",
    "numeric sum": "pg_numeric_sum({0}, {1}, {2}, {3}, {4})",
    "behind its key": "split_part({0}, ' ', 2)",
}
