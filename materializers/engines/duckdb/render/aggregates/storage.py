"""The columns of a state table that hold what is kept of a group.

Where a batch moves a group, its row of the state is `s`, its part of the batch is `t`.
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
"""The column of the number of a group's rows."""


def prefixed(prefix: str, column: str) -> str:
    """A column beside another one."""
    return f'"{prefix}{column[1:-1]}"'


@dataclass(frozen=True, slots=True)
class Kept:
    """An accumulator and its column in the state."""

    column: str
    accumulator: Accumulator

    @property
    def whole(self) -> str:
        """Its column of a SELECT over all rows of each group."""
        kind = stored_type(self.accumulator.type)
        return f"CAST({self.accumulator.whole} AS {kind}) AS {self.column}"

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
        """Whether the extreme may have left; an equal or better value that came takes its place."""
        sign = ">=" if self.accumulator.function == "max" else "<="
        came, left = prefixed("+", self.column), prefixed("-", self.column)
        replaced = f"coalesce(t.{came} {sign} s.{self.column}, false)"
        return f"(t.{left} {sign} s.{self.column} AND NOT {replaced})"


@dataclass(frozen=True, slots=True)
class Storage:
    """What is kept for some aggregates, equal accumulators once, and SQL of their values over it.
    `reads_rows`: whether one of them reads the number of rows."""

    kept: tuple[Kept, ...]
    results: tuple[str, ...]
    reads_rows: bool

    @classmethod
    def of(cls, aggregates: Sequence[AggregateCall]) -> Storage:
        """The storage of the values of one grouping."""
        names = {ROW_COUNT: _ROWS}
        results, reads_rows = [], False
        for call in aggregates:
            found = accumulation(call)
            for each in found.accumulators:
                names.setdefault(each, f"#{len(names) - 1}")
            columns = [ColumnRef(names[each], each.type) for each in found.accumulators]
            results.append(words(found.read(*columns)))
            reads_rows |= ROW_COUNT in found.accumulators
        kept = [Kept(quote(name), each) for each, name in names.items() if each != ROW_COUNT]
        return cls(tuple(kept), tuple(results), reads_rows)
