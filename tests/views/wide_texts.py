"""The texts of a view's wide numerics, which are PostgreSQL's to the last zero."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from materializers.engines.duckdb.engine import DuckDBEngine
from tests.views.source import Connection


@dataclass(frozen=True, slots=True)
class WideTexts:
    """`columns`: those of the view that hold wide numerics; `rows`: their texts."""

    columns: list[str]
    rows: Counter[Any]


def wide_texts(engine: DuckDBEngine, view: str) -> WideTexts:
    """As the engine keeps them."""
    names = [c.name for c in engine.views[view].plan.root.columns if c.type.is_wide]
    assert names, "there is a wide numeric in the view"
    found: Counter[Any] = Counter()
    for batch in engine.rows(view):
        columns = [batch.column(batch.schema.get_field_index(name)) for name in names]
        found.update(zip(*(column.to_pylist() for column in columns), strict=True))
    return WideTexts(names, found)


def postgres_texts(connection: Connection, select: str, columns: list[str]) -> Counter[Any]:
    """PostgreSQL's own."""
    listed = ", ".join(f'q."{name}"::text' for name in columns)
    return Counter(connection.execute(f"SELECT {listed} FROM ({select}) q").fetchall())
