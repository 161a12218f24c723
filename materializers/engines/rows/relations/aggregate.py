"""A call of an aggregate function over rows: FILTER, DISTINCT and ORDER BY before the function."""

from __future__ import annotations

import decimal
from collections.abc import Iterable, Sequence

from materializers.engines.rows.aggregates.answer import Lines
from materializers.engines.rows.aggregates.meanings import AGGREGATES
from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.numbers.numeric import numeric_overflow
from materializers.engines.rows.relations.compiling import Compiling
from materializers.engines.rows.relations.ordering import in_order
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import equality_key, order_key
from materializers.sql.types.sort_key import Order, SortKey


class Aggregate:
    """One call, over rows of the columns `names` after an Environment's prefix. Raises
    Unsupported."""

    def __init__(self, call: AggregateCall, place: Compiling, names: Sequence[str]) -> None:
        if call.name not in AGGREGATES:
            raise Unsupported(call.name)
        self._answer = AGGREGATES[call.name](call)
        self._test = place.test(call.filter, names)
        self._order = _order(call)
        keys = [by.value for by in self._order]
        # an ordered-set aggregate reads the values that it is ordered by
        arguments = call.arguments or (keys if call.name != "count" else ())
        self._size = len(arguments)
        self._equal = [equality_key(each) or each for each in arguments] if call.distinct else []
        self._key = row_key([each.type for each in self._equal])
        self._values = place.values([*arguments, *keys, *self._equal], names)

    def line(self, row: Row) -> Row | None:
        """A row's arguments, sort keys and equality keys; None where FILTER excludes the row,
        without evaluating them."""
        return self._values(row) if self._test is None or self._test(row) else None

    def of(self, rows: Iterable[Row]) -> Value:
        """The result for some rows."""
        return self.of_lines([self.line(row) for row in rows])

    def of_lines(self, lines: Sequence[Row | None]) -> Value:
        """The result for the lines of some rows."""
        taken = [line for line in lines if line is not None]
        if self._order:
            size = self._size
            keyed = in_order([(line[size:], line) for line in taken], self._order)
            taken = [line for _, line in keyed]
        if self._equal:
            taken = self._distinct(taken)
        try:
            return self._answer([line[: self._size] for line in taken])
        except (decimal.Overflow, decimal.InvalidOperation):
            raise numeric_overflow() from None

    def _distinct(self, lines: Lines) -> Lines:
        first: dict[Row, Row] = {}
        for line in lines:
            first.setdefault(self._key(line[-len(self._equal) :]), line)
        return list(first.values())


def _order(call: AggregateCall) -> Order:
    """The distinct lines, in PostgreSQL's order: it sorts by the arguments to find them."""
    if call.order or not call.distinct:
        return call.order
    return tuple(SortKey(key) for key in map(order_key, call.arguments) if key is not None)
