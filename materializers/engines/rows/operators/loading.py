"""Fills new operators from their tables' rows, part by part, in bounded memory.

The operators begin over empty tables, and each part is a batch of insertions. Those for which a
change costs more than what changed, and those above them, are filled at the end, at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.passage import Passage
from materializers.engines.rows.scalar import Row


class Loading:
    """Of one circuit, none of whose operators has been built. In the caller's transaction; each
    method raises EvaluationError where rows cannot be computed."""

    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._last = _with_those_above(o for o in circuit.operators if o.costs_its_size)
        first = [each for each in circuit.operators if each.number not in self._last]
        for output in circuit.outputs.values():
            output.is_loading = True
        passage = self._passage()
        passage.run(first)
        self._write(passage)
        for operator in first:
            operator.is_built = True

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Add rows that the table does not have."""
        passage = self._passage()
        passage.load(self._circuit.tables[table], rows)
        passage.run(())
        self._write(passage)

    def end(self) -> None:
        """Fill the rest: all rows are there."""
        if self._last:
            self._circuit.build()
        for output in self._circuit.outputs.values():
            output.is_loading = False

    def _passage(self) -> Passage:
        return Passage(self._last)

    def _write(self, passage: Passage) -> None:
        for reason in passage.failed.values():
            raise EvaluationError(reason)
        passage.flush()
        passage.settle()


def _with_those_above(operators: Iterable[Operator]) -> frozenset[int]:
    numbers: set[int] = set()
    waiting = list(operators)
    while waiting:
        operator = waiting.pop()
        if operator.number not in numbers:
            numbers.add(operator.number)
            waiting += (*operator.readers, *operator.dependents)
    return frozenset(numbers)
