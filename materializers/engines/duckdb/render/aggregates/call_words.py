"""The parts of an aggregate call in DuckDB's words."""

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
    """A call over the rows of a group; over those of a window's frame, with `over`, the OVER
    clause.

    PostgreSQL does not evaluate what FILTER keeps out, where it could be an error; DuckDB does. So
    what is written before a FILTER clause is NULL there."""

    call: AggregateCall
    over: str = ""

    @property
    def arguments(self) -> tuple[Expression, ...]:
        """The arguments; NULL for rows that FILTER keeps out, but for bare columns."""
        return tuple(map(self._guarded, self.call.arguments))

    @property
    def value(self) -> str:
        """The first of them."""
        return words(self.arguments[0])

    @property
    def keys(self) -> Order:
        """What the call sorts by."""
        return tuple(replace(key, value=self._guarded(key.value)) for key in self.call.order)

    @property
    def order(self) -> str:
        """The ORDER BY in the call, with a blank before it."""
        return order_words(self.keys)

    @property
    def filter(self) -> str:
        """The condition of FILTER; empty where there is none."""
        return words(self.call.filter) if self.call.filter is not None else ""

    @property
    def distinct(self) -> str:
        """The word before the arguments."""
        return "DISTINCT " if self.call.distinct else ""

    def kept_if(self, sql: str) -> str:
        """A value where FILTER lets the row through, else NULL."""
        return f"CASE WHEN {self.filter} THEN {sql} END" if self.filter else sql

    def filtered(self, sql: str, *conditions: str) -> str:
        """An aggregate of DuckDB over the rows that FILTER and the conditions let through."""
        tests = " AND ".join(f"({each})" for each in (self.filter, *conditions) if each)
        sql = f"{sql} FILTER (WHERE {tests})" if tests else sql
        return f"{sql} {self.over}" if self.over else sql

    def _guarded(self, value: Expression) -> Expression:
        test = self.call.filter
        if test is None or isinstance(value, ColumnRef) or not value.columns:
            return value
        return Case((test,), (value,), Constant(None, value.type))


def is_there(value: Expression) -> str:
    """The condition that it is not NULL."""
    return f"{words(value)} IS NOT NULL"


Maker = Callable[[CallWords], Accumulation]
