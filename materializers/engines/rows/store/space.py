"""A space: an ordered map of bytes to bytes in a store, for an operator's state or an input
table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Protocol

READ_MAX = 256
"""The number of keys that one statement reads."""

WRITE_MAX = 32
"""The number of entries that one statement writes, a quarter faster than one by one."""

Pair = tuple[bytes, bytes]


def beyond(prefix: bytes) -> bytes | None:
    """The first key after all keys with the prefix; None where there is none."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes((kept[-1] + 1,)) if kept else None


class Executing(Protocol):
    """What statements are sent through."""

    @property
    def execute(self) -> Callable[..., sqlite3.Cursor]: ...

    @property
    def executemany(self) -> Callable[..., sqlite3.Cursor]: ...


class Space:
    """A space in one connection: the writer's, or a reader's at its version."""

    def __init__(self, connection: Executing, table: str) -> None:
        self._execute = connection.execute
        self._many = connection.executemany
        self._table = table
        self._get = f"SELECT k, v FROM {table} WHERE k IN "
        self._put = f"INSERT OR REPLACE INTO {table} VALUES (?, ?)"
        self._put_part = self._put + ", (?, ?)" * (WRITE_MAX - 1)
        self._delete = f"DELETE FROM {table} WHERE k = ?"

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The values of the keys; missing keys are left out."""
        wanted = list(keys)
        values: dict[bytes, bytes] = {}
        for start in range(0, len(wanted), READ_MAX):
            part = wanted[start : start + READ_MAX]
            # a power of two of parameters, so that few statements are prepared
            size = 1 << (len(part) - 1).bit_length()
            part += part[-1:] * (size - len(part))
            sql = f"{self._get}({', '.join('?' * size)})"
            values.update(self._execute(sql, part).fetchall())
        return values

    def scan(self, prefix: bytes = b"", *, is_reverse: bool = False) -> Iterator[Pair]:
        """The entries whose keys have the prefix, in key order. Valid until the next write."""
        end = beyond(prefix)
        below = "" if end is None else " AND k < ?"
        order = " DESC" if is_reverse else ""
        sql = f"SELECT k, v FROM {self._table} WHERE k >= ?{below} ORDER BY k{order}"
        return self._execute(sql, (prefix,) if end is None else (prefix, end))

    def scan_after(self, key: bytes) -> Iterator[Pair]:
        """The entries after the key, in key order."""
        return self._execute(f"SELECT k, v FROM {self._table} WHERE k > ? ORDER BY k", (key,))

    def starts(self, size: int) -> Iterator[bytes]:
        """The first bytes of all values."""
        prefixes = self._execute(f"SELECT substr(v, 1, ?) FROM {self._table}", (size,))
        return (value for (value,) in prefixes)

    def size(self) -> tuple[int, int]:
        """The number of keys, and the bytes of all keys and values."""
        sql = f"SELECT count(*), coalesce(sum(length(k) + length(v)), 0) FROM {self._table}"
        count, total = self._execute(sql).fetchone()
        return count, total

    def put(self, pairs: Iterable[Pair]) -> None:
        """Write entries; replaces existing values."""
        left = iter(pairs)
        while len(part := list(islice(left, WRITE_MAX))) == WRITE_MAX:
            self._execute(self._put_part, [each for pair in part for each in pair])
        self._many(self._put, part)

    def delete(self, keys: Iterable[bytes]) -> None:
        """Remove keys; missing ones are ignored."""
        self._many(self._delete, ((key,) for key in keys))

    def write(self, values: Mapping[bytes, bytes | None]) -> None:
        """Write entries; a value of None removes its key."""
        # in key order, so that each page is visited once
        puts = sorted((k, v) for k, v in values.items() if v is not None)
        if puts:
            self.put(puts)
        if len(puts) < len(values):
            self.delete(sorted(key for key, value in values.items() if value is None))

    def delete_before(self, key: bytes) -> None:
        """Remove all keys before the key."""
        self._execute(f"DELETE FROM {self._table} WHERE k < ?", (key,))
