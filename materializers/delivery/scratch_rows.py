"""Rows of two sides, compared by key, of which memory never holds more than a share: each row is a
key and a digest in a file, and equal keys are in files of one number."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from heapq import nsmallest
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from materializers.difference import KEYS_SHOWN_MAX, KINDS, Difference

FILES = 64
"""Of each side; what one of them holds must fit into memory."""
_HEAD = struct.Struct("<I16s")


class ScratchSide:
    """The rows of one side, in files of a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.rows = 0
        self._paths = [folder / f"{name}-{number}" for number in range(FILES)]
        self._files: list[BinaryIO] = []

    def __enter__(self) -> ScratchSide:
        self._files = [path.open("wb") for path in self._paths]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for file in self._files:
            file.close()

    def add(self, key: str, row: bytes) -> None:
        """One row; a key that comes twice is unlike one that comes once."""
        name = key.encode(errors="surrogatepass")
        place = hashlib.blake2b(name, digest_size=2).digest()
        self._files[int.from_bytes(place) % FILES].write(_HEAD.pack(len(name), row) + name)
        self.rows += 1

    def part(self, number: int) -> dict[bytes, bytes]:
        """Digest by key, of the rows in files of that number; once all have been added."""
        rows: dict[bytes, bytes] = {}
        with self._paths[number].open("rb") as file:
            while head := file.read(_HEAD.size):
                size, row = _HEAD.unpack(head)
                name = file.read(size)
                rows[name] = rows.get(name, b"") + row
        return rows


def difference(expected: ScratchSide, actual: ScratchSide) -> Difference:
    """How they differ, with the first of the keys that do."""
    counts = dict.fromkeys(KINDS, 0)
    shown: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for number in range(FILES):
        for kind, keys in _differing(expected.part(number), actual.part(number)):
            counts[kind] += len(keys)
            names = (key.decode(errors="surrogatepass") for key in keys)
            shown[kind] = nsmallest(KEYS_SHOWN_MAX, chain(shown[kind], names))
    keys_of = {kind: tuple(names) for kind, names in shown.items() if names}
    return Difference(expected.rows, **counts, keys=keys_of)


def _differing(
    expected: dict[bytes, bytes], actual: dict[bytes, bytes]
) -> Iterator[tuple[str, list[bytes]]]:
    yield "missing", [key for key in expected if key not in actual]
    yield "extra", [key for key in actual if key not in expected]
    yield "unlike", [key for key, row in expected.items() if actual.get(key, row) != row]
