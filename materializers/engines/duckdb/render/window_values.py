"""Renders window functions.

An aggregate over a frame is worked out of the same parts as one over a group, each of them a window
function of DuckDB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from materializers.engines.duckdb.render.aggregates.accumulations import ACCUMULATIONS, accumulation
from materializers.engines.duckdb.render.aggregates.accumulator import Accumulator, Rule
from materializers.engines.duckdb.render.window import over_words
from materializers.engines.duckdb.render.words import words
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import ColumnRef, Expression, quote
from materializers.sql.types.window_call import WindowCall

_OF_SEVERAL = ("first_value", "last_value", "nth_value")
"""Functions whose result depends on the order of peers."""


@dataclass(frozen=True, slots=True)
class WindowValues:
    """`steps`: quoted names with SQL of window functions over the input; `results`: SQL of each
    call's value over the steps."""

    steps: tuple[tuple[str, str], ...]
    results: tuple[str, ...]

    @classmethod
    def of(cls, partition: Sequence[Expression], calls: Sequence[WindowCall]) -> WindowValues:
        """The values of the calls over one PARTITION BY; equal steps are computed once."""
        names: dict[str, str] = {}
        results = []
        for call in calls:
            over = over_words(partition, call)
            accumulated = accumulation(call.function, over) if _is_aggregate(call) else None
            parts = accumulated.accumulators if accumulated is not None else ()
            sqls = [_step(each, over) for each in parts] or [_function(call, over)]
            for sql in sqls:
                names.setdefault(sql, f"#w{len(names)}")
            types = [each.type for each in parts] or [call.function.type]
            columns = [ColumnRef(names[s], kind) for s, kind in zip(sqls, types, strict=True)]
            results.append(
                words(accumulated.read(*columns) if accumulated is not None else columns[0])
            )
        return cls(tuple((quote(name), sql) for sql, name in names.items()), tuple(results))


def hangs_on_order(call: WindowCall) -> bool:
    """Whether computing it twice over the same rows may give different results: sums of floats, the
    first of several peers."""
    frame = call.frame
    if frame is not None and frame.looks_at_peers:
        return True
    if _is_aggregate(call):
        parts = accumulation(call.function, "OVER ()").accumulators
        return any(each.rule is Rule.RECOMPUTE and each.type.is_float for each in parts)
    counts_rows = frame is not None and frame.mode == "ROWS"
    is_open = call.function.name in _OF_SEVERAL and not counts_rows
    return is_open or call.function.type.is_float


def _is_aggregate(call: WindowCall) -> bool:
    return call.function.name in ACCUMULATIONS


def _function(call: WindowCall, over: str) -> str:
    function = call.function
    arguments = ", ".join(map(words, function.arguments))
    return f"CAST({function.name}({arguments}) {over} AS {stored_type(function.type)})"


def _step(part: Accumulator, over: str) -> str:
    sql = part.bulk
    if part.rule is Rule.SUM:
        sql = f"coalesce(sum({part.argument}) {over}, 0)"
    elif part.rule is Rule.EXTREME:
        sql = f"{part.function}({part.argument}) {over}"
    return f"CAST({sql} AS {stored_type(part.type)})"
