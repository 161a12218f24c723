"""Arrangements: a relation's rows, stored by a key and in an order."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b

from materializers.engines.rows.operators.arranged import Arranged, Entry, KeyOf
from materializers.engines.rows.operators.delta import Delta, consolidated
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.row_bytes import RowBytes

_WEIGHT = struct.Struct("<i")
_BARE_MAX = 32
"""Longer rows are identified by their hash."""


class Arrangement(Arranged):
    """`order`: bytes by which rows of one key sort. `unique`: bytes that identify a row of the
    relation; None where it may have duplicates."""

    def __init__(
        self,
        child: Operator,
        key: KeyOf,
        shelf: Shelf,
        rows: RowBytes,
        order: Callable[[Row], bytes] | None,
        unique: Callable[[Row], bytes] | None,
    ) -> None:
        super().__init__(child, key, shelf)
        self._shelf = shelf
        self._rows = rows
        self._order = order
        self._unique = unique

    def entries(self, keys: Sequence[bytes]) -> dict[bytes, list[Entry]]:
        return {key: list(self.walked(key)) for key in keys}

    def walked(self, key: bytes, *, is_reverse: bool = False) -> Iterator[Entry]:
        size, read = len(key), self._rows.read
        for place, data in self._shelf.scan(key, is_reverse=is_reverse):
            if self._unique is not None:
                yield place[size:], read(data), 1
            else:
                yield place[size:], read(data[4:]), _WEIGHT.unpack_from(data)[0]

    def _moved(self, delta: Delta) -> Iterable[tuple[bytes, Entry]]:
        placed = []
        datas: list[bytes] = []
        for data, (row, weight) in consolidated(delta, self._rows.write).items():
            key = self.key(row)
            if key is not None:
                placed.append((key, (self._place(row, data), row, weight)))
                datas.append(data)
        if self._unique is not None:
            self._keep_unique(placed, datas)
        else:
            self._keep_weights(placed, datas)
        return placed

    def _place(self, row: Row, data: bytes) -> bytes:
        order = self._order(row) if self._order is not None else b""
        if self._unique is not None:
            return order + self._unique(row)
        bare = data if len(data) <= _BARE_MAX else blake2b(data, digest_size=16).digest()
        return order + bare

    def _keep_unique(self, placed: list[tuple[bytes, Entry]], datas: list[bytes]) -> None:
        pending = self._shelf.pending
        for (key, (place, _, weight)), data in zip(placed, datas, strict=True):
            if weight > 0:
                pending[key + place] = data
            else:
                pending.setdefault(key + place, None)

    def _keep_weights(self, placed: list[tuple[bytes, Entry]], datas: list[bytes]) -> None:
        known = self._shelf.get([key + entry[0] for key, entry in placed])
        for (key, (place, _, weight)), data in zip(placed, datas, strict=True):
            before = known.get(key + place)
            total = weight + (_WEIGHT.unpack_from(before)[0] if before is not None else 0)
            assert total >= 0, "a row is deleted that was not there"
            self._shelf.pending[key + place] = _WEIGHT.pack(total) + data if total else None
