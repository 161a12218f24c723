"""A node in DuckDB's words, once the calls below it have theirs.

What was said stays with the node: it is asked for at every batch, and a tree is deeper than
Python's stack, so that who says a whole tree begins at its leaves (`words.py`).
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

_SAID = "#said"


def has_words(node: Expression) -> bool:
    """Whether it was said before."""
    return _SAID in vars(node)


def keep_words(node: Expression, said: str) -> None:
    """Leave with a node what it is in DuckDB's words."""
    vars(node)[_SAID] = said


def words_of(node: Expression) -> str:
    """SQL of the value, in parentheses where it needs them. A call must have been said."""
    if not has_words(node):
        keep_words(node, _said(node))
    return str(vars(node)[_SAID])


def _said(node: Expression) -> str:
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
        name = "pg_interval_iso" if kind.is_kept_as_text else "pg_interval"
        return f"{name}({words_of(value)})"
    if value.type.name == "character" and kind.is_text and kind.name != "character":
        # The blanks that fill a char(n) do not count (manual, "Character Types")
        return f"rtrim({words_of(value)}, ' ')"
    if stored_type(value.type) == stored_type(kind) and value.type != UNKNOWN:
        return words_of(value)
    return f"CAST({words_of(value)} AS {stored_type(kind)})"


def _case(node: Case) -> str:
    pairs = zip(node.tests, node.results, strict=True)
    whens = " ".join(f"WHEN {words_of(test)} THEN {words_of(result)}" for test, result in pairs)
    return f"(CASE {whens} ELSE {words_of(node.default)} END)"
