"""Renders values as PostgreSQL's text.

Source: float.c (shortest output, an exponent from 1e15 on).
"""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, Expression, Parameter
from materializers.sql.types.sql_type import DATE, INTERVAL, SqlType


def text_of(value: Expression) -> str:
    """`value::text`."""
    kind, sql = value.type, words_of(value)
    if kind.name == "character":
        return f"rtrim({sql}, ' ')"
    if kind.name == "real":
        return f"pg_real_text({sql}, CAST({sql} AS VARCHAR))"
    if kind.is_float:
        return float_text(sql)
    if kind.name == "interval":
        return f"pg_interval_text({words_of(value.cast(INTERVAL))})"
    if kind == DATE or kind.is_timestamp:
        return f"pg_moment_text(CAST({sql} AS VARCHAR))"
    if kind.name == "bytea":
        return f"('\\x' || lower(hex({sql})))"
    if kind.element is not None and not kind.is_stored_as_text:
        return _array_text(sql, kind.element)
    return sql if stored_type(kind) == "VARCHAR" else f"CAST({sql} AS VARCHAR)"


def output_of(value: Expression) -> str:
    """The type's output text."""
    if value.type.name == "character":
        return words_of(value)
    text = text_of(value)
    return f"left({text}, 1)" if value.type.name == "boolean" else text


def float_text(sql: str) -> str:
    """A double precision's text."""
    text = f"CAST({sql} AS VARCHAR)"
    digits = f"regexp_replace({text}, '\\.0$', '')"
    mantissa = f"regexp_replace(replace({text}, '.', ''), '^(-?\\d)(\\d+?)0*$', '\\1.\\2')"
    short = f"regexp_replace({mantissa}, '\\.0$', '') || 'e+15'"
    special = f"CASE {text} WHEN 'inf' THEN 'Infinity' WHEN '-inf' THEN '-Infinity' ELSE 'NaN' END"
    return (
        f"CASE WHEN NOT isfinite({sql}) THEN {special}"
        f" WHEN abs({sql}) >= 1e15 AND abs({sql}) < 1e16 THEN {short}"
        f" ELSE {digits} END"
    )


def _array_text(sql: str, element: SqlType) -> str:
    text = output_of(Parameter("element", element))
    elements = (
        f"('{{' || coalesce(array_to_string(list_transform({sql}, lambda element:"
        f" CASE WHEN element IS NULL THEN 'NULL' ELSE pg_array_element({text}) END), ','), '')"
        f" || '}}')"
    )
    return f"CASE WHEN {sql} IS NOT NULL THEN {elements} END"


def _text(node: Apply) -> str:
    return text_of(node.arguments[0])


def _output(node: Apply) -> str:
    return output_of(node.arguments[0])


VALUE_TEXTS: Renderings = {"text": _text, "output": _output, "||": "({0} || {1})"}
