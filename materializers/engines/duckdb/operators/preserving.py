"""The base class of joins that depend on whether a left row has a match: left, semi, anti and mark
join.

d = dA joined with B_new + the effect of dB on A_old, which concerns only rows whose degree became 0
or was 0 (`degree.py`).
"""

from __future__ import annotations

from abc import abstractmethod

from materializers.engines.duckdb.operators.degree import Degree
from materializers.engines.duckdb.operators.joining import Joining, joined_delta
from materializers.engines.duckdb.operators.operator import Operator, Side
from materializers.engines.duckdb.operators.run import Run


class Preserving(Joining):
    """Each subclass says what rows with and without a match give."""

    def chosen(self) -> tuple[Operator, ...]:
        return self.inputs[1:]

    @abstractmethod
    def of_left(self, delta: str, right: str) -> str:
        """SQL of a FROM item for a delta of the left input; `right`: parenthesized SQL of the right
        input's rows."""

    def matched(self, matched: str) -> str | None:
        """SQL of a FROM item for old left rows joined with the right delta; None where the number
        of matches does not matter."""
        return None

    @abstractmethod
    def crossed(self, crossed: str) -> str:
        """SQL of a FROM item for old left rows whose degree became 0 or was 0."""

    def delta(self, run: Run) -> str | None:
        left, right = self.inputs
        from_left, from_right = left.changes(run), right.changes(run)
        parts = []
        if from_left:
            parts.append(self.of_left(*self.met(run, from_left, Side.NEW, is_left=True)))
        if from_right:
            parts += self._of_right(run, run.stored(from_right))
        return joined_delta(run, parts, self.column_list())

    def _of_right(self, run: Run, from_right: str) -> list[str]:
        left, right = self.inputs
        degree = Degree(left, right, self.on, self.equalities)
        touched = degree.touched(run, from_right)
        if touched is None:
            return []
        crossed = degree.crossed(run, touched, from_right)
        parts = [self.matched(degree.matched(touched, from_right))]
        parts.append(self.crossed(crossed) if crossed else None)
        return [part for part in parts if part is not None]
