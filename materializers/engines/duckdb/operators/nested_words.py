"""Renders nested SELECTs in expressions."""

from __future__ import annotations

from materializers.engines.duckdb.render.words import words
from materializers.sql.relations.nested import AnyRow, Exists, InRows, Nested, OnlyValue
from materializers.sql.types.expression import quote


def nested_words(node: Nested, select: str) -> str:
    """SQL of the value. `select`: a SELECT of the relation's rows. DuckDB's IN is used where it
    compares as PostgreSQL does; for rows it does not, because there NULL equals NULL."""
    match node:
        case Exists():
            return f"EXISTS ({select})"
        case OnlyValue():
            return f"({select})"
        case InRows():
            return f"({words(node.value)} IN ({select}))"
        case AnyRow():
            return _any_row(node, select)
    raise AssertionError(f"no words for {type(node).__name__}")


def _any_row(node: AnyRow, select: str) -> str:
    test = words(node.test)
    rows = f"SELECT 1 FROM ({select}) q({', '.join(map(quote, node.names))}) WHERE"
    decided, otherwise = (f"NOT {test}", "true") if node.is_all else (test, "false")
    result = "false" if node.is_all else "true"
    return (
        f"(CASE WHEN EXISTS ({rows} {decided}) THEN {result}"
        f" WHEN EXISTS ({rows} {test} IS NULL) THEN NULL ELSE {otherwise} END)"
    )
