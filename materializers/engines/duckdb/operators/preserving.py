"""Joins that ask of a row of the left input whether it has a match: left, semi, anti and mark join.

d = dA joined with B_new + what a change of B means for A_old, of which only the rows matter whose
number of matches crossed 0 (`degree.py`).
"""

from __future__ import annotations

from abc import abstractmethod

from materializers.engines.duckdb.operators.degree import Degree
from materializers.engines.duckdb.operators.joining import Joining, joined_delta
from materializers.engines.duckdb.operators.operator import Operator, Side
from materializers.engines.duckdb.operators.run import Run


class Preserving(Joining):
    """What each of them says of a row that has a match, or none."""

    def chosen(self) -> tuple[Operator, ...]:
        return self.inputs[1:]

    @abstractmethod
    def of_left(self, delta: str, right: str) -> str:
        """The FROM item of a delta of the left input; `right`: SQL in parentheses of the rows of
        the right one."""

    def matched(self, matched: str) -> str | None:
        """The FROM item of old rows of the left input joined with the right one's delta; None where
        a further match tells nothing."""
        return None

    @abstractmethod
    def crossed(self, crossed: str) -> str:
        """The FROM item of old rows whose last match left or whose first one came."""

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
