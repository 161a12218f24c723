"""A node in DuckDB's words; the nodes below it have theirs already."""

from __future__ import annotations

from materializers.plan.render.functions import RENDERINGS
from materializers.plan.render.rendering import said
from materializers.plan.render.typed_literal import typed_literal
from materializers.plan.types.expression import (
    Apply,
    Case,
    Cast,
    ColumnRef,
    Constant,
    Expression,
    Lambda,
    Parameter,
    Words,
    quote,
    text_literal,
)
from materializers.plan.types.sql_type import INTEGER, UNKNOWN, SqlType


def words(node: Expression) -> str:
    """SQL of the value, in parentheses where it needs them."""
    match node:
        case Words():
            return node.said
        case ColumnRef():
            return quote(node.column)
        case Constant():
            return _constant(node)
        case Apply():
            return said(RENDERINGS[node.name], node)
        case Cast():
            return _cast(node.value, node.type)
        case Case():
            return _case(node)
        case Parameter():
            return node.name
        case Lambda():
            return f"lambda {node.parameter.name}: {node.body.sql}"
    raise AssertionError(f"no words for {type(node).__name__}")


def _constant(node: Constant) -> str:
    text, kind = node.text, node.type
    if text is None:
        return "NULL" if kind == UNKNOWN else f"CAST(NULL AS {kind.duckdb})"
    if kind == UNKNOWN:
        return text_literal(text)
    if kind == INTEGER and text.isascii() and text.isdigit() and int(text) < 2**31:
        return text
    return typed_literal(text, kind)


def _cast(value: Expression, kind: SqlType) -> str:
    if value.type.name == "interval" and kind.name == "interval":
        name = "pg_interval_iso" if kind.is_kept_as_text else "pg_interval"
        return f"{name}({value.sql})"
    if value.type.name == "character" and kind.is_text and kind.name != "character":
        # The blanks that fill a char(n) do not count (manual, "Character Types")
        return f"rtrim({value.sql}, ' ')"
    if value.type.duckdb == kind.duckdb and value.type != UNKNOWN:
        return value.sql
    return f"CAST({value.sql} AS {kind.duckdb})"


def _case(node: Case) -> str:
    pairs = zip(node.tests, node.results, strict=True)
    whens = " ".join(f"WHEN {test.sql} THEN {result.sql}" for test, result in pairs)
    return f"(CASE {whens} ELSE {node.default.sql} END)"
