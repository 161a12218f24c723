"""Renders a tree of nodes."""

from __future__ import annotations

from dataclasses import replace

from materializers.engines.duckdb.render.functions import RENDERINGS
from materializers.engines.duckdb.render.node_words import has_words, keep_words, words_of
from materializers.engines.duckdb.render.rendering import render
from materializers.sql.relations.nested import Nested
from materializers.sql.types.expression import Apply, ColumnRef, Expression, Lambda, quote

_LAZY = ("and", "or", "coalesce")
"""Calls of which not every argument is evaluated."""
_WITH_LAMBDAS = ("lambda ", "pg_")
"""What stands in SQL that may have lambdas: they themselves, and names of macros."""


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
            keep_words(each, _apply(each))
        words_of(each)
    return words_of(node)


def _apply(node: Apply) -> str:
    """The call; over columns of a SELECT of its own where an argument holds a query and the
    rendering may repeat it within a lambda, where DuckDB takes none."""
    sql = render(RENDERINGS[node.name], node)
    if node.name in _LAZY or not any(mark in sql for mark in _WITH_LAMBDAS):
        return sql
    if not any(isinstance(each, Nested) for each in node.walk()):
        return sql
    columns = {f"#a{place}": each for place, each in enumerate(node.arguments)}
    if any(isinstance(each, Lambda) for each in columns.values()):
        return sql
    given = [ColumnRef(name, each.type, each.nullable) for name, each in columns.items()]
    called = render(RENDERINGS[node.name], replace(node, arguments=tuple(given)))
    listed = ", ".join(f"{words_of(each)} AS {quote(name)}" for name, each in columns.items())
    return f"(SELECT {called} FROM (SELECT {listed}))"
