"""Renders arrays of one dimension, which are DuckDB's lists."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings, listed
from materializers.engines.duckdb.render.value_text import output_of
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, Parameter


def _slice(node: Apply) -> str:
    value, low, high = (words_of(each) for each in node.arguments)
    return (
        f"(CASE WHEN {low} IS NULL OR {high} IS NULL THEN NULL WHEN {high} < 1 THEN {value}[1:0]"
        f" ELSE {value}[greatest({low}, 1):{high}] END)"
    )


def _contains(node: Apply) -> str:
    """Array operators for which NULL equals nothing, not even NULL."""
    one, two = (words_of(each) for each in node.arguments)
    sql = f"list_has_all({one}, {two}) AND list_count({two}) = len({two})"
    return f"(CASE WHEN {one} IS NOT NULL AND {two} IS NOT NULL THEN {sql} END)"


def _overlaps(node: Apply) -> str:
    """`&&`; DuckDB's function returns NULL where one side has only NULLs."""
    held = [
        f"list_filter({words_of(side)}, lambda element: element IS NOT NULL)"
        for side in node.arguments
    ]
    return f"list_has_any({held[0]}, {held[1]})"


def _cat(node: Apply) -> str:
    one, two = (words_of(each) for each in node.arguments)
    whole = f"list_concat({one}, {two})"
    return f"(CASE WHEN {one} IS NULL THEN {two} WHEN {two} IS NULL THEN {one} ELSE {whole} END)"


def _position(node: Apply) -> str:
    array, element, *start = (words_of(each) for each in node.arguments)
    if not start:
        sql = f"CAST(nullif(list_position({array}, {element}), 0) AS INTEGER)"
        return f"CASE WHEN {array} IS NOT NULL THEN {sql} END"
    first = f"greatest({start[0]}, 1)"
    place = f"nullif(list_position({array}[{first}:], {element}), 0)"
    missing = "error('initial position must not be null')"
    return (
        f"CASE WHEN {array} IS NOT NULL THEN CASE WHEN {start[0]} IS NULL THEN {missing}"
        f" ELSE CAST({place} + {first} - 1 AS INTEGER) END END"
    )


def _positions(node: Apply) -> str:
    array, element = (words_of(each) for each in node.arguments)
    sizes = (
        f"list_filter(range(1, len({array}) + 1),"
        f" lambda place: {array}[place] IS NOT DISTINCT FROM {element})"
    )
    return f"CASE WHEN {array} IS NOT NULL THEN CAST({sizes} AS INTEGER[]) END"


def _replace(node: Apply) -> str:
    array, old, new = (words_of(each) for each in node.arguments)
    return (
        f"list_transform({array}, lambda element: CASE WHEN element IS NOT DISTINCT FROM {old}"
        f" THEN {new} ELSE element END)"
    )


def _to_string(node: Apply) -> str:
    """array_to_string; DuckDB's function takes only a constant separator, and returns NULL for an
    empty list."""
    value, separator, *absent = node.arguments
    assert value.type.element is not None
    text = output_of(Parameter("element", value.type.element))
    if absent:
        text = f"coalesce({text}, {words_of(absent[0])})"
    texts = f"list_transform({words_of(value)}, lambda element: {words_of(separator)} || {text})"
    joined = f"coalesce(array_to_string({texts}, ''), '')"
    sql = f"substring({joined}, length({words_of(separator)}) + 1)"
    is_null = f"{words_of(value)} IS NULL OR {words_of(separator)} IS NULL"
    return f"CASE WHEN {is_null} THEN NULL ELSE {sql} END"


def _from_string(node: Apply) -> str:
    text, separator, *absent = (words_of(each) for each in node.arguments)
    sql = (
        f"CASE WHEN {text} IS NULL THEN NULL WHEN {text} = '' THEN CAST([] AS VARCHAR[])"
        f" WHEN {separator} IS NULL THEN regexp_extract_all({text}, '(?s).')"
        f" WHEN {separator} = '' THEN [{text}] ELSE string_split({text}, {separator}) END"
    )
    if not absent:
        return sql
    return f"list_transform({sql}, lambda element: nullif(element, {absent[0]}))"


_LENGTH = "CAST(nullif(len({0}), 0) AS INTEGER)"


def _sort(node: Apply) -> str:
    is_descending, is_null_first = node.options
    direction = "DESC" if is_descending else "ASC"
    nulls = "NULLS FIRST" if is_null_first else "NULLS LAST"
    return f"list_sort({words_of(node.arguments[0])}, '{direction}', '{nulls}')"


ARRAYS: Renderings = {
    "array": lambda node: f"CAST([{listed(node.arguments)}] AS {stored_type(node.type)})",
    "only element": "[{0}]",
    "each": "list_transform({0}, {1})",
    "subscript": "(CASE WHEN {1} > 0 THEN {0}[{1}] END)",
    "slice": _slice,
    "array @>": _contains,
    "array &&": _overlaps,
    "array_length": _LENGTH,
    "array_upper": _LENGTH,
    "array_lower": "CAST(CASE WHEN len({0}) > 0 THEN 1 END AS INTEGER)",
    "array_dims": "CASE WHEN len({0}) > 0 THEN '[1:' || len({0}) || ']' END",
    "array_ndims": "CASE WHEN len({0}) > 0 THEN 1 END",
    "cardinality": "CAST(len({0}) AS INTEGER)",
    "array_position": _position,
    "array_positions": _positions,
    "array_append": "list_append(coalesce({0}, CAST([] AS {type})), {1})",
    "array_prepend": "list_prepend({0}, coalesce({1}, CAST([] AS {type})))",
    "array_cat": _cat,
    "array_remove": "list_filter({0}, lambda element: element IS DISTINCT FROM {1})",
    "array_replace": _replace,
    "array_reverse": "list_reverse({0})",
    "array_sort": _sort,
    "array_to_string": _to_string,
    "string_to_array": _from_string,
}
