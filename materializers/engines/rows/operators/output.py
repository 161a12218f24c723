"""A view's own rows by its key, and what changed in them at each version, until sinks have it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.operators.delta import Delta, consolidated
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.scan import picked
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.key_bytes import bytes_at
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.engines.rows.store.space import Pair
from materializers.sql.relations.relation import Columns

_VERSION = struct.Struct(">Q")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[bytes, bytes]).decode
_GONE, _THERE = b"\x00", b"\x01"

Change = tuple[Row, "Row | None"]
"""A key of the view, and its row; None where it is gone."""


class Output(Operator):
    """`rows`, `outbox`: where it keeps both. `changes`: those of the last batch, by the bytes of
    their keys."""

    def __init__(
        self, root: Operator, columns: Columns, key: Sequence[str], rows: Shelf, outbox: Shelf
    ) -> None:
        super().__init__((root,), (), rows, outbox)
        kinds = {column.name: column.type for column in columns}
        names = list(kinds)
        self._pick = picked(names, key)
        self._key_of = bytes_at([names.index(name) for name in key], [kinds[n] for n in key])
        self._row = RowBytes([column.type for column in columns])
        self._key = RowBytes([kinds[name] for name in key])
        self._rows, self._outbox = rows, outbox
        self.version = 0
        self._recorded: int | None = None  # before the first batch nothing is known of the last
        self.changes: dict[bytes, Change] = {}

    def move(self, deltas: Sequence[Delta]) -> Delta:
        came = self._take(deltas[0])
        # A row that comes where another one stays
        for key in self._rows.get(came):
            raise self._not_unique(came[key])
        self._record()
        return []

    def first(self, deltas: Sequence[Delta]) -> Delta:
        """Sinks take these rows in full, and changes from then on."""
        self._take(deltas[0])
        return []

    def _take(self, delta: Delta) -> dict[bytes, Row]:
        """The keys that no row left which came."""
        changes: dict[bytes, Change] = {}
        came: dict[bytes, Row] = {}
        gone: set[bytes] = set()
        rows = self._rows.pending
        for data, (row, weight) in consolidated(delta, self._row.write).items():
            values = self._pick(row)
            key = self._key_of(row)
            if weight < 0:
                gone.add(key)
                changes.setdefault(key, (values, None))
                rows.setdefault(key, None)
            elif weight > 1 or key in came:
                raise self._not_unique(values)
            else:
                came[key] = values
                changes[key] = values, row
                rows[key] = data
        self.changes = changes
        return {key: values for key, values in came.items() if key not in gone}

    def _not_unique(self, values: Row) -> EvaluationError:
        return EvaluationError(f"the key is not unique: two rows with {values!r}")

    def _record(self) -> None:
        """One entry a version; what a part of the way to it recorded before, stays in it."""
        place = _VERSION.pack(self.version)
        rows, write = self._rows.pending, self._key.write
        entry = {
            key: _GONE + write(values) if rows[key] is None else _THERE + (rows[key] or b"")
            for key, (values, _) in self.changes.items()
        }
        if self._recorded in (None, self.version):
            before = self._outbox.get([place]).get(place)
            entry = {**_decode(before), **entry} if before else entry
        self._recorded = self.version
        self._outbox.pending[place] = _encode(entry)

    def settle(self) -> None:
        self.changes = {}

    def row_of(self, data: bytes) -> Row:
        """A row of the view, from the bytes that are kept."""
        return self._row.read(data)

    def change_of(self, data: bytes) -> Change:
        """A change, from the bytes that are kept."""
        if data[:1] == _GONE:
            return self._key.read(data[1:]), None
        row = self._row.read(data[1:])
        return self._pick(row), row


def since(pairs: Iterable[Pair], after: int) -> Iterator[bytes]:
    """The last change of each key behind a version, from an outbox in its order."""
    newest: dict[bytes, bytes] = {}
    for place, entry in pairs:
        if _VERSION.unpack(place)[0] > after:
            newest.update(_decode(entry))
    return iter(newest.values())
