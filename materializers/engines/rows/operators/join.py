"""Joins: d(A ⋈ B) = dA ⋈ B_old + A_new ⋈ dB. In an outer join, a row without a match is padded with
NULLs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from materializers.engines.rows.operators.arranged import Arranged
from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.expressions import Test
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.presence import Presence
from materializers.engines.rows.scalar import Row


class Join(Operator):
    """`test`: the rest of the condition, besides the keys. `no_right`: the NULLs for left rows
    without a match, None where these are left out; `no_left` likewise."""

    def __init__(
        self,
        left: Arranged,
        right: Arranged,
        test: Test | None,
        no_right: Row | None,
        no_left: Row | None,
    ) -> None:
        super().__init__((*left.inputs, *right.inputs), (left, right))
        self._left, self._right, self._test = left, right, test
        self._no_right, self._no_left = no_right, no_left
        self._of_left = Presence(left, right, test, is_left=True)
        self._of_right = Presence(right, left, test, is_left=False)

    def move(self, deltas: Sequence[Delta]) -> Delta:
        left, right = deltas
        delta = self._matching(self._pairs_of_left(left, is_new=False)) if left else []
        if right:
            delta += self._matching(self._pairs_of_right(right))
        if self._no_right is not None:
            absent = self._no_right
            delta += [(row + absent, w) for row, w in _unmatched(self._of_left, left)]
        if self._no_left is not None:
            absent = self._no_left
            delta += [(absent + row, w) for row, w in _unmatched(self._of_right, right)]
        return delta

    def first(self, deltas: Sequence[Delta]) -> Delta:
        left, right = deltas
        delta = self._matching(self._pairs_of_left(left, is_new=True))
        sides = ((self._no_right, self._of_left, left), (self._no_left, self._of_right, right))
        for absent, presence, rows in sides:
            if absent is not None:
                told = [row for row in presence.of_changes(rows) if not row[2]]
                is_left = presence is self._of_left
                delta += [(r + absent if is_left else absent + r, w) for r, w, _ in told]
        return delta

    def _matching(self, pairs: Delta) -> Delta:
        test = self._test
        return pairs if test is None else [pair for pair in pairs if test(pair[0])]

    def _pairs_of_left(self, delta: Delta, *, is_new: bool) -> Delta:
        keys = [self._left.key(row) for row, _ in delta]
        wanted = {key for key in keys if key is not None}
        others = self._right.new(wanted) if is_new else self._right.old(wanted)
        return [
            (row + other, weight * count)
            for (row, weight), key in zip(delta, keys, strict=True)
            if key in others
            for other, count in others[key]
        ]

    def _pairs_of_right(self, delta: Delta) -> Delta:
        keys = [self._right.key(row) for row, _ in delta]
        others = self._left.new({key for key in keys if key is not None})
        return [
            (other + row, weight * count)
            for (row, weight), key in zip(delta, keys, strict=True)
            if key in others
            for other, count in others[key]
        ]


def _unmatched(presence: Presence, delta: Delta) -> Iterator[tuple[Row, int]]:
    for row, weight, is_matched in presence.of_changes(delta):
        if not is_matched:
            yield row, weight
    for row, weight, is_matched in presence.turned():
        yield row, -weight if is_matched else weight
