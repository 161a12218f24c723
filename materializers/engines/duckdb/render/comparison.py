"""Renders comparisons and tests of conditions."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings, cast
from materializers.sql.types.expression import Apply, text_literal

_SIGNS = ("=", "<>", "<", "<=", ">", ">=", "IS NOT DISTINCT FROM", "IS DISTINCT FROM")

_STATES = tuple(not_ + word for word in ("null", "true", "false") for not_ in ("", "not "))


def _like(node: Apply) -> str:
    left, right = map(words_of, node.arguments)
    (escape,) = map(str, node.options)
    return f"({left} {node.name.upper()} {right} ESCAPE {text_literal(escape)})"


def _in(node: Apply) -> str:
    value, *items = (words_of(each) for each in node.arguments)
    return f"({value} IN ({', '.join(items)}))"


COMPARISON: Renderings = {
    **{sign: f"({{0}} {sign} {{1}})" for sign in _SIGNS},
    "not": "(NOT {0})",
    **{f"is {word}": f"({{0}} IS {word.upper()})" for word in _STATES},
    **{word: _like for word in ("like", "ilike", "not like", "not ilike")},
    "in": _in,
    "overlaps": "pg_overlaps({0}, {1}, {2}, {3})",
    "interval key": cast("pg_interval_key({0})"),
    "json key": "pg_json_comparable({0})",
    "unpadded": "rtrim({0}, ' ')",
    "any": "pg_any(list_transform({0}, {1}))",
    "all": "pg_all(list_transform({0}, {1}))",
}
