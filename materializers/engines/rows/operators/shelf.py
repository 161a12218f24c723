"""What one operator keeps: a space whose writes wait for the end of the batch.

So what is read is always the state before the batch, and a batch that fails has written nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from materializers.engines.rows.store.space import Pair
from materializers.engines.rows.store.store import Store


class Shelf:
    """`name`: of its space in the store. `is_blank`: what lies there is of another time; it counts
    for nothing, and goes with the next write."""

    def __init__(self, store: Store, name: str) -> None:
        self.name = name
        self.pending: dict[bytes, bytes | None] = {}
        self.is_blank = False
        self._store = store

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The values that the keys had before the batch; those that had none are left out."""
        return {} if self.is_blank else self._store.space(self.name).get(keys)

    def scan(self, prefix: bytes = b"", *, is_reverse: bool = False) -> Iterator[Pair]:
        """What stood before the batch under the keys that begin so, in their order."""
        if self.is_blank:
            return iter(())
        return self._store.space(self.name).scan(prefix, is_reverse=is_reverse)

    def scan_new(self) -> Iterator[Pair]:
        """All that stands after the batch, in no order."""
        for pair in self.scan():
            if pair[0] not in self.pending:
                yield pair
        yield from ((key, value) for key, value in self.pending.items() if value is not None)

    def flush(self) -> None:
        """Write what waits. Called within the transaction of the batch."""
        if self.is_blank:
            self._store.drop(self.name)
        if self.pending:
            self._store.space(self.name).write(self.pending)
            self.pending = {}

    def forget(self) -> None:
        """Drop what waits."""
        self.pending = {}
