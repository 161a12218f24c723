"""LIMIT, OFFSET and DISTINCT ON; only the first rows of an order are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.operators.arranged import Arranged
from materializers.engines.rows.operators.delta import Delta, Write, difference
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.scalar import Row


class FirstOfEach(Operator):
    """`rows`: the input's rows by partition, in order."""

    def __init__(self, rows: Arranged, write: Write) -> None:
        super().__init__(rows.inputs, (rows,))
        self._rows = rows
        self._write = write

    def move(self, deltas: Sequence[Delta]) -> Delta:
        old, new = (
            [row for key in self._rows.changes for row in self._first(key, is_new=is_new)]
            for is_new in (False, True)
        )
        return difference(old, new, self._write)

    def first(self, deltas: Sequence[Delta]) -> Delta:
        keys = {key for row, _ in deltas[0] if (key := self._rows.key(row)) is not None}
        return [(row, 1) for key in keys for row in self._first(key, is_new=True)]

    def _first(self, key: bytes, *, is_new: bool) -> Iterator[Row]:
        for row, _ in self._rows.rows_of(key, is_new=is_new):
            yield row
            return


class Limit(Operator):
    """`rows`: the input's rows under one key, in order. `ties`: bytes that are equal for ties (WITH
    TIES); None without."""

    def __init__(
        self,
        rows: Arranged,
        counts: tuple[int | None, int | None],
        ties: Callable[[Row], bytes] | None,
        write: Write,
    ) -> None:
        super().__init__(rows.inputs, (rows,))
        self._rows = rows
        self._limit, self._offset = counts
        self._ties = ties
        self._write = write

    def move(self, deltas: Sequence[Delta]) -> Delta:
        self._check()
        if not self._rows.changes:
            return []
        old, new = (list(self._head(is_new=is_new)) for is_new in (False, True))
        return difference(old, new, self._write)

    def first(self, deltas: Sequence[Delta]) -> Delta:
        self._check()
        return [(row, 1) for row in self._head(is_new=True)]

    def _check(self) -> None:
        for word, number in (("LIMIT", self._limit), ("OFFSET", self._offset)):
            if (number or 0) < 0:
                raise EvaluationError(f"{word} must not be negative")

    def _head(self, *, is_new: bool) -> Iterator[Row]:
        start, limit = self._offset or 0, self._limit
        if limit == 0:
            return
        place, last = 0, None
        for row, weight in self._rows.rows_of(b"", is_new=is_new):
            for _ in range(weight):
                place += 1
                if place <= start:
                    continue
                if limit is not None and place > start + limit:
                    if self._ties is None or self._ties(row) != last:
                        return
                elif place - start == limit and self._ties is not None:
                    last = self._ties(row)
                yield row
