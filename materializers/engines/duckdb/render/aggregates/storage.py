"""The columns of a state table that store a group's accumulators.

In SQL, `s` is a group's state row, and `t` its part of a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from materializers.engines.duckdb.render.aggregates.accumulations import accumulation
from materializers.engines.duckdb.render.aggregates.accumulator import ROW_COUNT, Accumulator, Rule
from materializers.engines.duckdb.render.words import words
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import ColumnRef, quote

_ROWS = "#n"
ROWS = quote(_ROWS)
"""The column for the number of a group's rows."""


def prefixed(prefix: str, column: str) -> str:
    """The quoted name of a column with a prefix."""
    return f'"{prefix}{column[1:-1]}"'


@dataclass(frozen=True, slots=True)
class StoredAccumulator:
    """An accumulator and its column in the state table."""

    column: str
    accumulator: Accumulator

    @property
    def bulk(self) -> str:
        """Its column in a SELECT over all rows of each group."""
        kind = stored_type(self.accumulator.type)
        return f"CAST({self.accumulator.bulk} AS {kind}) AS {self.column}"

    @property
    def merged(self) -> str:
        """The new value from the old one and the batch's part."""
        column, accumulator = self.column, self.accumulator
        if accumulator.rule is Rule.SUM:
            total = f"coalesce(s.{column}, 0) + t.{column}"
            return f"CAST({total} AS {stored_type(accumulator.type)})"
        pick = "greatest" if accumulator.function == "max" else "least"
        return f"{pick}(s.{column}, t.{prefixed('+', column)})"

    @property
    def extreme_left(self) -> str:
        """Whether the extreme may be deleted, without an equal or better inserted value."""
        sign = ">=" if self.accumulator.function == "max" else "<="
        inserted, deleted = prefixed("+", self.column), prefixed("-", self.column)
        replaced = f"coalesce(t.{inserted} {sign} s.{self.column}, false)"
        return f"(t.{deleted} {sign} s.{self.column} AND NOT {replaced})"


@dataclass(frozen=True, slots=True)
class Storage:
    """`accumulators`: of some aggregates, equal ones once; `results`: SQL of the aggregates'
    results over them; `reads_rows`: whether one of them reads the number of rows."""

    accumulators: tuple[StoredAccumulator, ...]
    results: tuple[str, ...]
    reads_rows: bool

    @classmethod
    def of(cls, aggregates: Sequence[AggregateCall]) -> Storage:
        """The storage of one grouping."""
        names = {ROW_COUNT: _ROWS}
        results, reads_rows = [], False
        for call in aggregates:
            accumulated = accumulation(call)
            for each in accumulated.accumulators:
                names.setdefault(each, f"#{len(names) - 1}")
            columns = [ColumnRef(names[each], each.type) for each in accumulated.accumulators]
            results.append(words(accumulated.read(*columns)))
            reads_rows |= ROW_COUNT in accumulated.accumulators
        stored = [
            StoredAccumulator(quote(name), each)
            for each, name in names.items()
            if each != ROW_COUNT
        ]
        return cls(tuple(stored), tuple(results), reads_rows)
