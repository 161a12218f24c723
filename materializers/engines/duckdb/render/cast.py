"""Renders casts that change a value."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply
from materializers.sql.types.output import has_display_scale
from materializers.sql.types.sql_type import TIMESTAMPTZ, UNBOUNDED_SCALE

_NUMBER = r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*"


def _blank_padded(node: Apply) -> str:
    text, (length,) = words_of(node.arguments[0]), node.options
    return f"rpad(left({text}, {length}), {length}, ' ')"


def _cut(node: Apply) -> str:
    return f"left({words_of(node.arguments[0])}, {node.options[0]})"


def _rounded_moment(node: Apply) -> str:
    unit = 10 ** (6 - int(node.options[0]))
    make = "make_timestamptz" if node.type == TIMESTAMPTZ else "make_timestamp"
    return f"{make}(pg_rounded(epoch_us({words_of(node.arguments[0])}), {unit}))"


def _numeric_of_float(node: Apply) -> str:
    value = node.arguments[0]
    digits = 6 if value.type.name == "real" else 15
    text = f"format('{{:.{digits}g}}', {words_of(value)})"
    sql = f"CAST({text} AS {stored_type(node.type)})"
    return sql if has_display_scale(node.type) else f"pg_fits({sql}, {text})"


def _input(node: Apply) -> str:
    kind = node.type
    if kind.is_integer:
        return _integer(node)
    if kind.name == "numeric":
        return _numeric(node)
    if kind.is_json:
        return _json(node)
    return _moment(node) if kind.is_timestamp else _read(node)


def _read(node: Apply) -> str:
    return f"CAST({words_of(node.arguments[0])} AS {stored_type(node.type)})"


def _integer(node: Apply) -> str:
    """A text as an integer; PostgreSQL refuses '1.5', which DuckDB would round."""
    text = words_of(node.arguments[0])
    return (
        f"CASE WHEN regexp_full_match({text}, '\\s*[-+]?\\d+\\s*')"
        f" OR {text} IS NULL THEN {_read(node)}"
        f" ELSE error('invalid input syntax for type {node.type.name}') END"
    )


def _numeric(node: Apply) -> str:
    sql, text = _read(node), words_of(node.arguments[0])
    tests = f"regexp_full_match({text}, '{_NUMBER}')"
    if not has_display_scale(node.type):
        sql = f"pg_fits({sql}, {text})"
        # a double has no more than 15 significant digits
        tests += rf" AND length(regexp_extract({text}, '\.(\d*?)0*\s*$', 1)) <= {UNBOUNDED_SCALE}"
    return (
        f"CASE WHEN {text} IS NULL OR {tests} THEN {sql}"
        f" ELSE error('this text cannot be a {node.type.name} here') END"
    )


def _json(node: Apply) -> str:
    text = words_of(node.arguments[0])
    invalid = f"error('invalid input syntax for type {node.type.name}')"
    return f"CASE WHEN NOT json_valid({text}) THEN {invalid} ELSE {text} END"


def _moment(node: Apply) -> str:
    """A text as a moment; for DuckDB, PST is Los Angeles, in summer too."""
    text = words_of(node.arguments[0])
    named = rf"regexp_matches({text}, '(?i)\d\s*[a-z_/]+\s*$')"
    plain = rf"regexp_matches({text}, '(?i)\d\s*(z|utc|bc|ad|am|pm)\s*$')"
    strange = "error('a text with the name of a time zone cannot be a moment here')"
    return f"CASE WHEN {named} AND NOT {plain} THEN {strange} ELSE {_read(node)} END"


CASTS: Renderings = {
    "bpchar": _blank_padded,
    "varchar": _cut,
    "moment precision": _rounded_moment,
    "numeric precision": "{0}",  # the stored type has rounded
    "numeric of float": _numeric_of_float,
    "interval of time": "to_microseconds(pg_time_micros({0}))",
    "time of moment": "TRY_CAST({0} AS TIME)",
    "input": _input,
}
