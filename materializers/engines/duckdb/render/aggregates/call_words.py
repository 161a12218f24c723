"""Renders the parts of an aggregate call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from materializers.engines.duckdb.render.aggregates.accumulator import Accumulation
from materializers.engines.duckdb.render.order import order_words
from materializers.engines.duckdb.render.words import words
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import Case, ColumnRef, Constant, Expression
from materializers.sql.types.sort_key import Order


@dataclass(frozen=True, slots=True)
class CallWords:
    """A call over the rows of a group; with `over` (an OVER clause), over those of a window frame.

    For rows that FILTER excludes, PostgreSQL does not evaluate the arguments, but DuckDB does, and
    may raise an error. So the arguments are NULL for these rows."""

    call: AggregateCall
    over: str = ""

    @property
    def arguments(self) -> tuple[Expression, ...]:
        """The arguments; NULL for rows that FILTER excludes, unless they are bare columns."""
        return tuple(map(self._guarded, self.call.arguments))

    @property
    def value(self) -> str:
        """SQL of the first argument."""
        return words(self.arguments[0])

    @property
    def keys(self) -> Order:
        """The sort keys of the call."""
        return tuple(replace(key, value=self._guarded(key.value)) for key in self.call.order)

    @property
    def order(self) -> str:
        """The ORDER BY in the call, with a leading space."""
        return order_words(self.keys)

    @property
    def filter(self) -> str:
        """The condition of FILTER; empty where there is none."""
        return words(self.call.filter) if self.call.filter is not None else ""

    @property
    def distinct(self) -> str:
        """`DISTINCT ` or nothing."""
        return "DISTINCT " if self.call.distinct else ""

    def masked(self, sql: str) -> str:
        """The value where FILTER is true, else NULL."""
        return f"CASE WHEN {self.filter} THEN {sql} END" if self.filter else sql

    def filtered(self, sql: str, *conditions: str) -> str:
        """A DuckDB aggregate over the rows for which FILTER and the conditions are true."""
        tests = " AND ".join(f"({each})" for each in (self.filter, *conditions) if each)
        sql = f"{sql} FILTER (WHERE {tests})" if tests else sql
        return f"{sql} {self.over}" if self.over else sql

    def _guarded(self, value: Expression) -> Expression:
        test = self.call.filter
        if test is None or isinstance(value, ColumnRef) or not value.columns:
            return value
        return Case((test,), (value,), Constant(None, value.type))


def is_there(value: Expression) -> str:
    """SQL of the condition that the value is not NULL."""
    return f"{words(value)} IS NOT NULL"


Maker = Callable[[CallWords], Accumulation]
