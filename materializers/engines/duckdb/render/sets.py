"""Renders set-returning functions as lists of their rows."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings, listed
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, text_literal
from materializers.sql.types.sql_type import TEXT, array_of


def _series(node: Apply) -> str:
    step = node.arguments[-1].type
    macro = "pg_series_of_moments" if step.name == "interval" else "pg_series"
    return f"CAST({macro}({listed(node.arguments)}) AS {stored_type(node.type)})"


def _json_values(node: Apply, macro: str) -> str:
    suffix = "_text" if node.type == array_of(TEXT) else ""
    return f"{macro}{suffix}({words_of(node.arguments[0])})"


def _of_object(node: Apply) -> str:
    whole, made = node.arguments
    wrong = text_literal(f"{node.options[0]}() takes objects")
    return f"CASE WHEN {words_of(whole)}[1] <> '{{' THEN error({wrong}) ELSE {words_of(made)} END"


def _positions(node: Apply) -> str:
    """1, 2, … up to the length of the longest list."""
    lengths = ", ".join(f"coalesce(len({words_of(each)}), 0)" for each in node.arguments)
    longest = f"greatest({lengths})" if len(node.arguments) > 1 else lengths
    return f"range(1, {longest} + 1)"


SETS: Renderings = {
    "positions": _positions,
    "generate_series": _series,
    "generate_subscripts": "CAST(range(1, len({0}) + 1) AS INTEGER[])",
    "json elements": lambda node: _json_values(node, "pg_json_elements"),
    "json values": lambda node: _json_values(node, "pg_json_values"),
    "json_object_keys": "pg_json_names({0})",
    "unless json null": "nullif({0}, 'null')",
    "of object": _of_object,
}
