"""SQL that consolidates deltas: adds up the weights of equal rows, and drops those that are 0."""

from __future__ import annotations

from materializers.engines.duckdb.operators.operator import WEIGHT


def consolidated(columns: str, delta: str) -> str:
    """A SELECT of a consolidated delta. `columns`: as a SELECT list; `delta`: a FROM item."""
    comma, groups = (", ", f" GROUP BY {columns}") if columns else ("", "")
    total = f"sum({WEIGHT})"
    return (
        f"SELECT {columns}{comma}{total}::BIGINT AS {WEIGHT} FROM {delta}{groups}"
        f" HAVING {total} <> 0"
    )


def difference(columns: str, after: str, before: str) -> str:
    """A SELECT of the consolidated delta between two FROM items."""
    rows = (
        f"SELECT {columns}, 1 AS {WEIGHT} FROM {after} UNION ALL SELECT {columns}, -1 FROM {before}"
    )
    return consolidated(columns, f"({rows})")
