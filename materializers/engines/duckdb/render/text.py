"""Renders text functions."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Rendering, Renderings, listed
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply

MADE_CHARACTERS_MAX = 10_000_000
_NEGATIVE = "error('negative substring length not allowed')"


def _plain(name: str) -> Rendering:
    """A function that DuckDB has under `name` with the same meaning."""
    return lambda node: _typed(node, f"{name}({listed(node.arguments)})")


def _typed(node: Apply, sql: str) -> str:
    return f"CAST({sql} AS {stored_type(node.type)})"


def _reverse(node: Apply) -> str:
    """reverse() by code points; DuckDB's keeps grapheme clusters together."""
    text = words_of(node.arguments[0])
    sql = f"array_to_string(list_reverse(regexp_extract_all({text}, '(?s).')), '')"
    return _typed(node, f"CASE WHEN {text} IS NOT NULL THEN coalesce({sql}, '') END")


def _bounded(node: Apply, count: str, characters: str) -> str:
    message = f"{node.name}() of more than {MADE_CHARACTERS_MAX} characters"
    return (
        f"CASE WHEN {characters} > {MADE_CHARACTERS_MAX} THEN error('{message}') ELSE {count} END"
    )


def _repeat(node: Apply) -> str:
    text, count = (words_of(each) for each in node.arguments)
    characters = f"CAST(length({text}) AS HUGEINT) * {count}"
    return _typed(node, f"repeat({text}, {_bounded(node, count, characters)})")


def _substring(node: Apply) -> str:
    text, start, *lengths = (words_of(each) for each in node.arguments)
    if not lengths:
        return _typed(node, f"substring({text}, {_place(start)})")
    length = lengths[0]
    end = f"(CAST({start} AS BIGINT) + {length})"
    # a start before the text reduces the length; in PostgreSQL a negative length is an error
    sql = (
        f"CASE WHEN {length} < 0 THEN {_NEGATIVE} ELSE"
        f" substring({text}, {_place(start)},"
        f" CASE WHEN {end} < {_place(start)} THEN 0 ELSE {end} - {_place(start)} END) END"
    )
    return _typed(node, sql)


def _place(start: str) -> str:
    """The position, at least 1; NULL for NULL, which greatest() would ignore."""
    return f"CASE WHEN {start} < 1 THEN 1 ELSE {start} END"


def _pad(node: Apply) -> str:
    text, width, fill = (words_of(each) for each in node.arguments)
    short = f"left({text}, greatest({width}, 0))"
    padded = f"{node.name}({text}, {_bounded(node, width, width)}, {fill})"
    return _typed(node, f"CASE WHEN {fill} = '' THEN {short} ELSE {padded} END")


def _split_part(node: Apply) -> str:
    text, separator, place = (words_of(each) for each in node.arguments)
    sql = (
        f"CASE WHEN {place} = 0 THEN error('field position must not be zero')"
        f" WHEN {separator} = '' THEN CASE WHEN {place} IN (1, -1) THEN {text} ELSE '' END"
        f" ELSE split_part({text}, {separator}, {place}) END"
    )
    return _typed(node, sql)


def _upper(node: Apply) -> str:
    """upper(); DuckDB changes ß, which PostgreSQL's default providers leave."""
    text = words_of(node.arguments[0])
    upper = f"replace(upper(replace({text}, 'ß', '\ue001')), '\ue001', 'ß')"
    return _typed(node, f"CASE WHEN contains({text}, 'ß') THEN {upper} ELSE upper({text}) END")


def _initcap(node: Apply) -> str:
    text = words_of(node.arguments[0])
    words = f"regexp_extract_all({text}, '[\\pL\\pN]+|[^\\pL\\pN]+')"
    first = "CASE WHEN w[1] = 'ß' THEN 'ß' ELSE upper(w[1]) END"
    parts = f"list_transform({words}, lambda w: {first} || lower(w[2:]))"
    sql = f"coalesce(array_to_string({parts}, ''), '')"
    return _typed(node, f"CASE WHEN {text} IS NOT NULL THEN {sql} END")


def _overlay(node: Apply) -> str:
    text, new, start, *lengths = (words_of(each) for each in node.arguments)
    length = lengths[0] if lengths else f"length({new})"
    sql = (
        f"CASE WHEN {start} <= 0 THEN {_NEGATIVE} ELSE left({text}, {start} - 1) || {new}"
        f" || substring({text}, greatest({start} + {length}, 1)) END"
    )
    return _typed(node, sql)


_SAME = (
    "lower", "translate", "length", "char_length", "character_length", "replace", "strpos",
    "starts_with", "md5", "trim", "ltrim", "rtrim", "left", "right",
)  # fmt: skip

TEXT_WORDS: Renderings = {
    **{name: _plain(name) for name in _SAME},
    "btrim": _plain("trim"),
    "upper": _upper,
    "initcap": _initcap,
    "overlay": _overlay,
    "reverse": _reverse,
    "repeat": _repeat,
    "substring": _substring,
    "lpad": _pad,
    "rpad": _pad,
    "split_part": _split_part,
    "concat": lambda node: f"concat({listed(node.arguments)})",
    "concat_ws": lambda node: f"concat_ws({listed(node.arguments)})",
}
