"""A view's rows by its key, and its outbox: their changes at each version, until sinks have
them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

import msgspec

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.operators.delta import Delta, consolidated
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.picking import picked
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.key_bytes import bytes_at
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.engines.rows.store.space import Space
from materializers.engines.rows.type_io import text_of
from materializers.sql.relations.relation import Columns

_VERSION, _COUNT = struct.Struct(">Q"), struct.Struct(">I")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[bytes, bytes]).decode
_GONE, _THERE = b"\x00", b"\x01"


class Output(Operator):
    """`rows`, `outbox`: their shelves. Of the batch, `upserts`: inserted and updated rows by their
    keys' bytes; `deletes`: the keys of deleted rows, likewise; `growth`: the change of the number
    of rows."""

    def __init__(
        self, root: Operator, columns: Columns, key: Sequence[str], rows: Shelf, outbox: Shelf
    ) -> None:
        super().__init__((root,), (), rows, outbox)
        kinds = {column.name: column.type for column in columns}
        names = list(kinds)
        self._pick = picked(names, key)
        self._key_of = bytes_at([names.index(name) for name in key], [kinds[n] for n in key])
        self._names, self._texts = tuple(key), [text_of(kinds[name]) for name in key]
        self._row = RowBytes([column.type for column in columns])
        self._key = RowBytes([kinds[name] for name in key])
        self._rows, self._outbox = rows, outbox
        self.version = 0
        self.is_loading = False
        """Whether rows are added that no sink is to be told of, and whose keys are unique."""
        self._recorded: int | None = None  # before the first batch nothing is known of the last
        self.upserts: dict[bytes, Row] = {}
        self.deletes: dict[bytes, Row] = {}
        self.growth = 0

    def move(self, deltas: Sequence[Delta]) -> Delta:
        if self.is_loading and self._add(deltas[0]):
            return []
        inserted = self._take(deltas[0])
        if self.is_loading:
            return []
        for key in self._rows.get(inserted):
            raise self._not_unique(self._pick(self.upserts[key]))
        self._record()
        return []

    @property
    def is_changed(self) -> bool:
        """Whether the batch changes the view."""
        return bool(self.upserts or self.deletes)

    def first(self, deltas: Sequence[Delta]) -> Delta:
        """Begin with these rows; sinks get them by a full read, and later changes by the outbox."""
        self._take(deltas[0])
        return []

    def _add(self, delta: Delta) -> bool:
        """Add the rows; False where the delta has deletions."""
        if any(weight != 1 for _, weight in delta):
            return False
        key_of, write = self._key_of, self._row.write
        self._rows.pending.update([(key_of(row), write(row)) for row, _ in delta])
        return True

    def _take(self, delta: Delta) -> Iterable[bytes]:
        """Take over the changes; returns the keys that had no row and have one now."""
        came, gone = self._by_key(delta)
        pending, write, pick = self._rows.pending, self._row.write, self._pick
        for key, row in gone.items():
            new = came.get(key)
            if new is None:
                pending[key] = None
                self.deletes[key] = pick(row)
            elif (data := write(new)) == write(row):
                del came[key]
            else:
                pending[key] = data
        inserted = came.keys() - gone.keys()
        pending.update((key, write(came[key])) for key in inserted)
        self.upserts = came
        self.growth = len(inserted) - len(self.deletes)
        return inserted

    def _by_key(self, delta: Delta) -> tuple[dict[bytes, Row], dict[bytes, Row]]:
        """Inserted and deleted rows by key. Most deltas have one of each for a key; others are
        consolidated first."""
        key_of = self._key_of
        came: dict[bytes, Row] = {}
        gone: dict[bytes, Row] = {}
        for row, weight in delta:
            side = came if weight == 1 else gone
            key = key_of(row)
            if key in side or weight not in (1, -1):
                return self._consolidated(delta)
            side[key] = row
        return came, gone

    def _consolidated(self, delta: Delta) -> tuple[dict[bytes, Row], dict[bytes, Row]]:
        came: dict[bytes, Row] = {}
        gone: dict[bytes, Row] = {}
        for row, weight in consolidated(delta, self._row.write).values():
            key = self._key_of(row)
            if weight < 0:
                gone[key] = row
            elif weight > 1 or key in came:
                raise self._not_unique(self._pick(row))
            else:
                came[key] = row
        return came, gone

    def _not_unique(self, values: Row) -> EvaluationError:
        pairs = zip(self._names, self._texts, values, strict=True)
        shown = [f"{name} = {'NULL' if v is None else text(v)}" for name, text, v in pairs]
        return EvaluationError(
            f"the key is not unique: two rows with {', '.join(shown) or 'no column in the key'}"
            " Fix: choose a key that is unique, or group the view by it"
        )

    def _record(self) -> None:
        """Write one entry for the version; it includes the changes of earlier batches of the same
        cut."""
        place = _VERSION.pack(self.version)
        rows, write = self._rows.pending, self._key.write
        entry = {key: _THERE + (rows[key] or b"") for key in self.upserts}
        entry.update((key, _GONE + write(values)) for key, values in self.deletes.items())
        if self._recorded in (None, self.version):
            before = self._outbox.get([place]).get(place)
            entry = {**_changes(before), **entry} if before else entry
        self._recorded = self.version
        self._outbox.pending[place] = _COUNT.pack(len(entry)) + _encode(entry)

    def settle(self) -> None:
        self.upserts, self.deletes = {}, {}
        self.growth = 0


def _changes(entry: bytes) -> dict[bytes, bytes]:
    return _decode(memoryview(entry)[_COUNT.size :])


def since(outbox: Space, after: int, until: int) -> tuple[list[bytes], list[bytes]]:
    """The last change of each key in (after, until]: rows, and keys of deleted rows, as bytes."""
    newest: dict[bytes, bytes] = {}
    for place, entry in outbox.scan_after(_VERSION.pack(max(after, 0))):
        if _VERSION.unpack(place)[0] > until:
            break
        newest.update(_changes(entry))
    there = [data[1:] for data in newest.values() if data[:1] == _THERE]
    return there, [data[1:] for data in newest.values() if data[:1] == _GONE]


def forget(outbox: Space, version: int) -> None:
    """Remove the changes up to the version."""
    outbox.delete_before(_VERSION.pack(version + 1))


def count(outbox: Space) -> int:
    """The number of changes."""
    return sum(_COUNT.unpack(start)[0] for start in outbox.starts(_COUNT.size))
