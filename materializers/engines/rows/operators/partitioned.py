"""Relations that are computed for each touched key before and after the batch: windows by
partition, INTERSECT and EXCEPT by the compared row.

Only the inputs are stored. A key's rows always come in one order, so that a deleted row equals the
inserted one to the last bit of a float.
"""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.rows.operators.arranged import Arranged, Rows
from materializers.engines.rows.operators.delta import Delta, Write, difference
from materializers.engines.rows.operators.given import Over
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.scalar import Row


class Partitioned(Operator):
    """`sides`: the inputs' rows by the key."""

    costs_its_size = True

    def __init__(self, sides: Sequence[Arranged], over: Over, write: Write) -> None:
        super().__init__([side.inputs[0] for side in sides], sides)
        self._sides = sides
        self._over = over
        self._write = write

    def move(self, deltas: Sequence[Delta]) -> Delta:
        keys = sorted({key for side in self._sides for key in side.changes})
        old = self._over(*(listed(side.old(keys)) for side in self._sides))
        new = self._over(*(listed(side.new(keys)) for side in self._sides))
        return difference(old, new, self._write)

    def first(self, deltas: Sequence[Delta]) -> Delta:
        given = ([row for row, weight in delta for _ in range(weight)] for delta in deltas)
        return [(row, 1) for row in self._over(*given)]


def listed(rows: Rows) -> list[Row]:
    """Each row, repeated by its weight."""
    return [row for key in sorted(rows) for row, weight in rows[key] for _ in range(weight)]
