"""One ordered map of bytes to bytes in a store: what an operator keeps, or an input table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

READ_MAX = 256
"""How many keys one statement reads."""

Pair = tuple[bytes, bytes]


def beyond(prefix: bytes) -> bytes | None:
    """The first key behind all that begin so; None where there is none."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes((kept[-1] + 1,)) if kept else None


class Executing(Protocol):
    """What statements are sent through."""

    @property
    def execute(self) -> Callable[..., sqlite3.Cursor]: ...

    @property
    def executemany(self) -> Callable[..., sqlite3.Cursor]: ...


class Space:
    """A space as one connection sees it: the writer's own, or a reader's at its version."""

    def __init__(self, connection: Executing, table: str) -> None:
        self._execute = connection.execute
        self._many = connection.executemany
        self._table = table
        self._get = f"SELECT k, v FROM {table} WHERE k IN "
        self._put = f"INSERT OR REPLACE INTO {table} VALUES (?, ?)"
        self._delete = f"DELETE FROM {table} WHERE k = ?"

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The values of those of the keys that are there."""
        wanted = list(keys)
        found: dict[bytes, bytes] = {}
        for start in range(0, len(wanted), READ_MAX):
            part = wanted[start : start + READ_MAX]
            # A power of two of places, so that few statements are prepared
            size = 1 << (len(part) - 1).bit_length()
            part += part[-1:] * (size - len(part))
            sql = f"{self._get}({', '.join('?' * size)})"
            found.update(self._execute(sql, part).fetchall())
        return found

    def scan(self, prefix: bytes = b"", *, is_reverse: bool = False) -> Iterator[Pair]:
        """The keys that begin so and their values, in the order of keys. It ends with the next
        write."""
        end = beyond(prefix)
        below = "" if end is None else " AND k < ?"
        order = " DESC" if is_reverse else ""
        sql = f"SELECT k, v FROM {self._table} WHERE k >= ?{below} ORDER BY k{order}"
        return self._execute(sql, (prefix,) if end is None else (prefix, end))

    def scan_after(self, key: bytes) -> Iterator[Pair]:
        """The keys that sort behind that one and their values, in order."""
        return self._execute(f"SELECT k, v FROM {self._table} WHERE k > ? ORDER BY k", (key,))

    def starts(self, size: int) -> Iterator[bytes]:
        """The first bytes of every value."""
        found = self._execute(f"SELECT substr(v, 1, ?) FROM {self._table}", (size,))
        return (value for (value,) in found)

    def size(self) -> tuple[int, int]:
        """How many keys there are, and the bytes of all keys and values."""
        sql = f"SELECT count(*), coalesce(sum(length(k) + length(v)), 0) FROM {self._table}"
        count, total = self._execute(sql).fetchone()
        return count, total

    def put(self, pairs: Iterable[Pair]) -> None:
        """Write values, in place of those that the keys have."""
        self._many(self._put, pairs)

    def delete(self, keys: Iterable[bytes]) -> None:
        """Remove keys, where they are there."""
        self._many(self._delete, ((key,) for key in keys))

    def write(self, values: Mapping[bytes, bytes | None]) -> None:
        """Write values, and remove the keys of those that are None."""
        # In the order of keys, so that each page is met once
        puts = sorted((k, v) for k, v in values.items() if v is not None)
        if puts:
            self.put(puts)
        if len(puts) < len(values):
            self.delete(sorted(key for key, value in values.items() if value is None))

    def delete_before(self, key: bytes) -> None:
        """Remove all keys that sort before that one."""
        self._execute(f"DELETE FROM {self._table} WHERE k < ?", (key,))
