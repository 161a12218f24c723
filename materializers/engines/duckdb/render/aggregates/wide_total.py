"""Sums of wide numerics, in accumulators that can be added to and subtracted from
(`macros/wide_numeric.py`)."""

from __future__ import annotations

from materializers.engines.duckdb.macros.wide_numeric import PARTS
from materializers.engines.duckdb.render.aggregates.accumulator import (
    Accumulation,
    Accumulator,
    Distinct,
    Rule,
    summed,
)
from materializers.engines.duckdb.render.aggregates.call_words import CallWords
from materializers.engines.duckdb.render.words import words
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import BIG, WHOLE, SqlType

_KEPT = (
    *((f"pg_sum_part{place}", BIG) for place in range(1, len(PARTS) + 1)),
    ("pg_sum_scale", BIG),
    ("pg_sum_special", WHOLE),
)


def wide_total(rendered: CallWords) -> Accumulation:
    """The sum's accumulators; the sum is NULL where nothing was added."""

    def read(*stored: Expression) -> Expression:
        return Apply("numeric sum", stored, rendered.call.type)

    return Accumulation(tuple(_part(rendered, macro, kind) for macro, kind in _KEPT), read)


def _part(rendered: CallWords, macro: str, kind: SqlType) -> Accumulator:
    value = rendered.call.arguments[0]
    if not rendered.call.distinct:
        return summed(kind, f"{macro}({rendered.masked(words(value))})")
    # the shortest text represents equal numbers with different scales
    one = Apply("trim scale", (value,), value.type, value.nullable)
    listed = rendered.filtered(f"list(DISTINCT {words(one)})")
    parts = f"list_transform({listed}, lambda v: {macro}(v))"
    bulk = f"coalesce(list_reduce({parts}, lambda x, y: x + y), CAST(0 AS {stored_type(kind)}))"
    distinct = Distinct(one, rendered.call.filter)
    return Accumulator(Rule.SUM, kind, f"{macro}({{0}})", bulk, distinct=distinct)
