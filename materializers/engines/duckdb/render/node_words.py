"""Renders one node, after the calls below it have been rendered.

The SQL is stored with the node, because it is needed at every batch. A tree may be deeper than
Python's stack, so `words.py` renders a tree from its leaves up.
"""

from __future__ import annotations

from materializers.engines.duckdb.render.typed_literal import typed_literal
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import (
    Case,
    Cast,
    ColumnRef,
    Constant,
    Expression,
    Lambda,
    Parameter,
    quote,
    text_literal,
)
from materializers.sql.types.sql_type import INTEGER, UNKNOWN, SqlType

_SQL = "#sql"


def has_words(node: Expression) -> bool:
    """Whether the node has been rendered."""
    return _SQL in vars(node)


def keep_words(node: Expression, sql: str) -> None:
    """Store a node's SQL with it."""
    vars(node)[_SQL] = sql


def take_words(node: Expression) -> None:
    """Forget the SQL stored with a node."""
    vars(node).pop(_SQL, None)


def words_of(node: Expression) -> str:
    """SQL of the value, in parentheses where needed. An `Apply` must have been rendered."""
    if not has_words(node):
        keep_words(node, _rendered(node))
    return str(vars(node)[_SQL])


def _rendered(node: Expression) -> str:
    match node:
        case ColumnRef():
            return quote(node.column)
        case Constant():
            return _constant(node)
        case Cast():
            return _cast(node.value, node.type)
        case Case():
            return _case(node)
        case Parameter():
            return node.name
        case Lambda():
            return f"lambda {node.parameter.name}: {words_of(node.body)}"
    raise AssertionError(f"no words for {type(node).__name__}")


def _constant(node: Constant) -> str:
    text, kind = node.text, node.type
    if text is None:
        return "NULL" if kind == UNKNOWN else f"CAST(NULL AS {stored_type(kind)})"
    if kind == UNKNOWN:
        return text_literal(text)
    if kind == INTEGER and text.isascii() and text.isdigit() and int(text) < 2**31:
        return text
    return typed_literal(text, kind)


def _cast(value: Expression, kind: SqlType) -> str:
    if value.type.name == "interval" and kind.name == "interval":
        name = "pg_interval_iso" if kind.is_stored_as_text else "pg_interval"
        return f"{name}({words_of(value)})"
    if value.type.name == "character" and kind.is_text and kind.name != "character":
        # the padding of a char(n) is not significant (manual, "Character Types")
        return f"rtrim({words_of(value)}, ' ')"
    if stored_type(value.type) == stored_type(kind) and value.type != UNKNOWN:
        return words_of(value)
    return f"CAST({words_of(value)} AS {stored_type(kind)})"


def _case(node: Case) -> str:
    pairs = zip(node.tests, node.results, strict=True)
    whens = " ".join(f"WHEN {words_of(test)} THEN {words_of(result)}" for test, result in pairs)
    return f"(CASE {whens} ELSE {words_of(node.default)} END)"
