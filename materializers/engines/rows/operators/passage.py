"""Propagates one batch through the operators."""

from __future__ import annotations

import decimal
import logging
from collections.abc import Iterable
from heapq import heappop, heappush

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.numeric import numeric_overflow
from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.table import Changes, Table
from materializers.engines.rows.scalar import Row

_NOTHING: Delta = []
_TOO_LARGE = (decimal.Overflow, decimal.InvalidOperation)
"""Raised by sums; PostgreSQL's error is a numeric overflow."""

log = logging.getLogger("rederive.engine")


class Passage:
    """`failed`: by number, why operators failed; those above a failed one have its reason."""

    def __init__(self, left_out: frozenset[int] = frozenset()) -> None:
        """`left_out`: the numbers of operators that take no part."""
        self.failed: dict[int, str] = {}
        self._left_out = left_out
        self._deltas: dict[int, Delta] = {}
        self._waiting: list[int] = []
        self._reached: dict[int, Operator] = {}
        self._moved: list[Operator] = []

    def take(self, table: Table, changes: Changes) -> None:
        """Apply its records to a table."""
        self._moved.append(table)
        if table.readers:
            self._tell(table, table.take(changes))
        else:
            table.load(changes)

    def load(self, table: Table, rows: Iterable[Row]) -> None:
        """Add rows that are not in the table."""
        self._moved.append(table)
        self._tell(table, table.add(rows))

    def run(self, fresh: Iterable[Operator]) -> None:
        """Propagate deltas to all operators that they reach, each after those that it reads.
        `fresh`: operators in their first batch; some have rows without input."""
        for each in fresh:
            if each.starts_alone:
                self._reach(each)
        while self._waiting:
            operator = self._reached[heappop(self._waiting)]
            if operator.number in self.failed:
                continue
            self._moved.append(operator)
            deltas = [self.of(each) for each in operator.inputs]
            try:
                self._tell(operator, operator.move(deltas))
            except _TOO_LARGE:
                self._fail(operator, str(numeric_overflow()))
            except EvaluationError as error:
                self._fail(operator, str(error))
            except Exception as error:  # a fault of the engine stops only the operators above
                name = type(error).__name__
                log.exception("operator %s failed", type(operator).__name__)
                self._fail(operator, f"a fault of the engine ({name}): please report it")

    def build(self, fresh: Iterable[Operator]) -> None:
        """Let new operators compute all their rows. Raises EvaluationError."""
        for operator in fresh:
            self._moved.append(operator)
            deltas = [self._whole(each) for each in operator.inputs]
            try:
                self._deltas[operator.number] = operator.first(deltas)
            except _TOO_LARGE:
                raise numeric_overflow() from None

    def _whole(self, operator: Operator) -> Delta:
        if operator.number not in self._deltas:
            self._deltas[operator.number] = operator.whole()
        return self._deltas[operator.number]

    def _tell(self, operator: Operator, delta: Delta) -> None:
        if delta:
            self._deltas[operator.number] = delta
            for each in operator.readers:
                self._reach(each)

    def _reach(self, operator: Operator) -> None:
        if operator.number not in self._reached and operator.number not in self._left_out:
            self._reached[operator.number] = operator
            heappush(self._waiting, operator.number)

    def _fail(self, operator: Operator, reason: str) -> None:
        waiting = [operator]
        while waiting:
            each = waiting.pop()
            if each.number not in self.failed:
                self.failed[each.number] = reason
                waiting += (*each.readers, *each.dependents)

    def of(self, operator: Operator) -> Delta:
        """Its delta in this batch."""
        return self._deltas.get(operator.number, _NOTHING)

    def flush(self) -> None:
        """Write the shelves of the operators that did not fail."""
        for operator in self._moved:
            if operator.number not in self.failed:
                for shelf in operator.shelves:
                    shelf.flush()

    def saved(self) -> None:
        """Tell the operators that did not fail that their writes are durable."""
        for operator in self._moved:
            if operator.number not in self.failed:
                operator.saved()

    def settle(self) -> None:
        """Forget the batch and what it did not write, and release what it has read."""
        for operator in self._moved:
            operator.settle()
            for each in operator.reads:
                each.settle()
            for shelf in operator.shelves:
                shelf.forget()
