"""The rows of one side of a join with whether they have a match, and the changes of that."""

from __future__ import annotations

from collections.abc import Iterator

from materializers.engines.rows.operators.arranged import Arranged
from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.expressions import Test
from materializers.engines.rows.scalar import Row

Told = tuple[Row, int, bool]
"""A row, its weight, and whether it has a match after the batch."""


class Presence:
    """`rows`: the side whose rows are returned; `others`: the side of their matches. `test`: the
    rest of the condition, besides the keys; None if there is none. `is_left`: `rows` is the left
    side, for the test's arguments."""

    def __init__(
        self, rows: Arranged, others: Arranged, test: Test | None, *, is_left: bool
    ) -> None:
        self._rows = rows
        self._others = others
        self._test = test
        self._is_left = is_left

    def of_changes(self, delta: Delta) -> Iterator[Told]:
        """The inserted and deleted rows."""
        known: dict[bytes, bool] = {}
        for row, weight in delta:
            key = self._rows.key(row)
            if key is None:
                yield row, weight, False
            elif self._test is not None:
                yield row, weight, self._has_match(row, key, is_new=True)
            else:
                if key not in known:
                    known[key] = self._has_rows(key, is_new=True)
                yield row, weight, known[key]

    def turned(self) -> Iterator[Told]:
        """The existing rows for which the answer has changed."""
        for key, changes in self._others.changes.items():
            if self._test is None:
                is_matched = self._has_rows(key, is_new=True)
                if is_matched is not self._has_rows(key, is_new=False):
                    for row, weight in self._rows.old([key]).get(key, ()):
                        yield row, weight, is_matched
                continue
            for row, weight in self._rows.old([key]).get(key, ()):
                # without a match among the changed rows, the answer stays
                if any(self._matches(row, other) for _, other, _ in changes):
                    is_matched = self._has_match(row, key, is_new=True)
                    if is_matched is not self._has_match(row, key, is_new=False):
                        yield row, weight, is_matched

    def _has_rows(self, key: bytes, *, is_new: bool) -> bool:
        return next(self._others.rows_of(key, is_new=is_new), None) is not None

    def _has_match(self, row: Row, key: bytes, *, is_new: bool) -> bool:
        others = self._others.rows_of(key, is_new=is_new)
        return any(self._matches(row, other) for other, _ in others)

    def _matches(self, row: Row, other: Row) -> bool:
        assert self._test is not None
        return self._test(row + other if self._is_left else other + row)
