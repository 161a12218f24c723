"""A store that is filled once, from nothing, by one process that may fail: then the file is
removed. So nothing is logged or synced, and what comes out of key order is sorted at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from materializers.engines.rows.store.space import Executing, Pair, Space
from materializers.engines.rows.store.store import Store

_SETTINGS = (
    "journal_mode = off",
    "synchronous = off",
    "cache_size = -65536",
    "mmap_size = 1073741824",
    "temp_store = file",
)


class LoadingStore(Store):
    """Opened by `create`. A transaction cannot be rolled back."""

    @classmethod
    def create(cls, path: Path) -> LoadingStore:
        """Create the file. Raises sqlite3.Error."""
        return cls.opened(path, _SETTINGS)

    def end(self) -> None:
        """Sort what is left, and close the file."""
        with self.transaction():
            for space in self._spaces.values():
                if isinstance(space, LoadingSpace):
                    space.sort()
        self.close()

    def _made(self, table: str) -> Space:
        return LoadingSpace(self._connection, table)


class LoadingSpace(Space):
    """A space that is written in key order as far as possible. What comes out of order waits beside
    it until somebody reads the space, or the end; then it is sorted in, in bounded memory."""

    def __init__(self, connection: Executing, table: str) -> None:
        super().__init__(connection, table)
        self._beside = f"temp.beside_{table}"
        self._last = b""
        self._waits = self._is_read = False

    def write(self, values: Mapping[bytes, bytes | None]) -> None:
        if self._is_read or None in values.values():
            self.sort()
            super().write(values)
            return
        pairs = sorted((k, v) for k, v in values.items() if v is not None)
        if pairs and not self._waits and pairs[0][0] > self._last:
            self._last = pairs[-1][0]
            self.put(pairs)
            return
        if not self._waits:
            self._execute(f"CREATE TEMP TABLE {self._beside.partition('.')[2]} (k BLOB, v BLOB)")
            self._waits = True
        self._many(f"INSERT INTO {self._beside} VALUES (?, ?)", pairs)

    def sort(self) -> None:
        """Move what waits into the space; of equal keys the last one counts."""
        if self._waits:
            self._waits = False
            ordered = f"SELECT k, v FROM {self._beside} ORDER BY k, rowid"
            self._execute(f"INSERT OR REPLACE INTO {self._table} {ordered}")
            self._execute(f"DROP TABLE {self._beside}")
        self._is_read = True

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        self.sort()
        return super().get(keys)

    def scan(self, prefix: bytes = b"", *, is_reverse: bool = False) -> Iterator[Pair]:
        self.sort()
        return super().scan(prefix, is_reverse=is_reverse)

    def size(self) -> tuple[int, int]:
        self.sort()
        return super().size()
