"""Renders AND and OR, of which DuckDB evaluates all operands.

Operands that never raise an error come first. One that may is evaluated only where those before it
do not decide the result, as in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.sql.relations.nested import Nested
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.raising import may_raise

_REPEATED_CHARACTERS_MAX = 300
"""A longer condition is computed once by a lambda, which costs a list for each row."""


def _parted(conditions: Iterable[Expression]) -> tuple[list[Expression], list[Expression]]:
    """The operands that never raise an error, and those that may."""
    safe: list[Expression] = []
    risky: list[Expression] = []
    for each in conditions:
        (risky if may_raise(each) else safe).append(each)
    return safe, risky


def _joined(word: str, parts: Iterable[Expression]) -> str:
    return f"({f' {word} '.join(words_of(each) for each in parts)})"


def _and(node: Apply) -> str:
    return _lazily(node, "AND")


def _or(node: Apply) -> str:
    return _lazily(node, "OR")


def _lazily(node: Apply, word: str) -> str:
    if not any(may_raise(each) for each in node.arguments[1:]):
        return _joined(word, node.arguments)
    safe, risky = _parted(node.arguments)
    sql = _joined(word, safe) if safe else words_of(risky.pop(0))
    is_nullable = any(each.nullable for each in node.arguments)
    for each in risky:
        sql = _where_open(sql, each, word, is_nullable)
    return sql


def _where_open(sql: str, risky: Expression, word: str, is_nullable: bool) -> str:
    """`sql AND risky`, or OR; `risky` is evaluated only where `sql` does not decide."""
    other = words_of(risky)
    decided = "false" if word == "AND" else "true"
    if not is_nullable:
        test, *answers = (sql, other, "false") if word == "AND" else (sql, "true", other)
        return f"(CASE WHEN {test} THEN {answers[0]} ELSE {answers[1]} END)"
    has_query = any(isinstance(each, Nested) for each in risky.walk())  # no lambda takes one
    short = sql if has_query or len(sql) <= _REPEATED_CHARACTERS_MAX else "held"
    case = f"CASE WHEN {short} IS {decided} THEN {decided} ELSE {short} {word} {other} END"
    return f"({case})" if short == sql else f"(list_transform([{sql}], lambda held: {case})[1])"


LOGIC: Renderings = {"and": _and, "or": _or}
