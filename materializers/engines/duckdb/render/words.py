"""Renders a tree of nodes."""

from __future__ import annotations

from materializers.engines.duckdb.render.functions import RENDERINGS
from materializers.engines.duckdb.render.node_words import has_words, keep_words, words_of
from materializers.engines.duckdb.render.rendering import render
from materializers.sql.types.expression import Apply, Expression


def words(node: Expression) -> str:
    """SQL of the value, in parentheses where needed."""
    waiting = [] if has_words(node) else [node]
    while waiting:
        each = waiting[-1]
        if below := [child for child in each.children if not has_words(child)]:
            waiting += below
            continue
        waiting.pop()
        if isinstance(each, Apply) and not has_words(each):
            keep_words(each, render(RENDERINGS[each.name], each))
        words_of(each)
    return words_of(node)
