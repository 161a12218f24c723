"""Renders OVER clauses. DuckDB's frames mean the same as PostgreSQL's."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.duckdb.render.order import order_words
from materializers.engines.duckdb.render.words import words
from materializers.sql.types.expression import Expression
from materializers.sql.types.window_call import Bound, Frame, WindowCall


def over_words(partition: Sequence[Expression], call: WindowCall) -> str:
    """The OVER clause of a call, given its PARTITION BY."""
    by = f"PARTITION BY {', '.join(map(words, partition))}" if partition else ""
    frame = _frame(call.frame) if call.frame is not None else ""
    parts = (by, order_words(call.order).strip(), frame)
    return f"OVER ({' '.join(part for part in parts if part)})"


def _frame(frame: Frame) -> str:
    tail = "" if frame.exclusion == "NO OTHERS" else f" EXCLUDE {frame.exclusion}"
    return f"{frame.mode} BETWEEN {_bound(frame.start)} AND {_bound(frame.end)}{tail}"


def _bound(bound: Bound) -> str:
    if bound.side == "CURRENT ROW":
        return bound.side
    distance = "UNBOUNDED" if bound.distance is None else words(bound.distance)
    return f"{distance} {bound.side}"
