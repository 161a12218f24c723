"""Results of a group that are read from its rows, and stored with its accumulators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from materializers.engines.rows.operators.arranged import Arranged
from materializers.engines.rows.operators.expressions import NO_ENVIRONMENT
from materializers.engines.rows.operators.partitioned import listed
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value


class StoredAnswer(ABC):
    """`rows`: of each group, by its key."""

    def __init__(self, rows: Arranged) -> None:
        self.rows = rows

    @abstractmethod
    def values(self, key: bytes) -> Sequence[Value]:
        """The results after the batch."""


class FirstRow(StoredAnswer):
    """The values of the first row, or of the last one, without its first `skipped` ones."""

    def __init__(self, rows: Arranged, skipped: int, size: int, *, is_last: bool) -> None:
        super().__init__(rows)
        self._skipped = skipped
        self._none = (None,) * size
        self._is_last = is_last

    def values(self, key: bytes) -> Sequence[Value]:
        rows = self.rows.rows_of(key, is_new=True, is_reverse=self._is_last)
        first = next(rows, None)
        return self._none if first is None else first[0][self._skipped :]


class Recomputed(StoredAnswer):
    """Results of calls, computed from all rows of the group."""

    def __init__(self, rows: Arranged, calls: Sequence[Callable[[list[Row]], Value]]) -> None:
        super().__init__(rows)
        self._calls = calls

    def values(self, key: bytes) -> Sequence[Value]:
        prefix = NO_ENVIRONMENT.prefix
        rows = [prefix + row for row in listed(self.rows.new([key]))]
        return [call(rows) for call in self._calls]
