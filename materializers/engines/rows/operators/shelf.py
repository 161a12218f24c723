"""The state of one operator: a space whose writes wait for the end of the batch.

So reads always return the state before the batch, and a failed batch has written nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from materializers.engines.rows.store.space import Pair
from materializers.engines.rows.store.store import Store


class Shelf:
    """`name`: of its space in the store. `is_blank`: the space has an earlier view's rows, which
    are ignored, and removed by the next write."""

    def __init__(self, store: Store, name: str) -> None:
        self.name = name
        self.pending: dict[bytes, bytes | None] = {}
        self.is_blank = False
        self._store = store

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The values of the keys before the batch; keys without a value are left out."""
        return {} if self.is_blank else self._store.space(self.name).get(keys)

    def scan(self, prefix: bytes = b"", *, is_reverse: bool = False) -> Iterator[Pair]:
        """The entries before the batch whose keys have the prefix, in key order."""
        if self.is_blank:
            return iter(())
        return self._store.space(self.name).scan(prefix, is_reverse=is_reverse)

    def scan_new(self) -> Iterator[Pair]:
        """All values after the batch, in no order."""
        for pair in self.scan():
            if pair[0] not in self.pending:
                yield pair
        yield from ((key, value) for key, value in self.pending.items() if value is not None)

    def flush(self) -> None:
        """Write the waiting changes. Called in the batch's transaction."""
        if self.is_blank:
            self._store.drop(self.name)
        if self.pending:
            self._store.space(self.name).write(self.pending)
            self.pending = {}

    def forget(self) -> None:
        """Drop the waiting changes."""
        self.pending = {}
