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
from materializers.engines.rows.store.space import Pair, Space
from materializers.engines.rows.type_io import text_of
from materializers.sql.relations.relation import Columns

_VERSION, _COUNT = struct.Struct(">Q"), struct.Struct(">I")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[bytes, bytes]).decode
_GONE, _THERE = b"\x00", b"\x01"

Change = tuple[Row, "Row | None"]
"""A key of the view, and its row; None for a deleted row."""


class Output(Operator):
    """`rows`, `outbox`: their shelves. `changes`: those of the last batch by their keys' bytes;
    `growth`: the change of the number of rows in it."""

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
        self.changes: dict[bytes, Change] = {}
        self.growth = 0

    def move(self, deltas: Sequence[Delta]) -> Delta:
        if self.is_loading and self._add(deltas[0]):
            return []
        came = self._take(deltas[0])
        if self.is_loading:
            return []
        # a row is inserted where another one stays
        for key in self._rows.get(came):
            raise self._not_unique(came[key])
        self._record()
        return []

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
        self.growth = len(came) - len(gone)
        return {key: values for key, values in came.items() if key not in gone}

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
        entry = {
            key: _GONE + write(values) if rows[key] is None else _THERE + (rows[key] or b"")
            for key, (values, _) in self.changes.items()
        }
        if self._recorded in (None, self.version):
            before = self._outbox.get([place]).get(place)
            entry = {**_changes(before), **entry} if before else entry
        self._recorded = self.version
        self._outbox.pending[place] = _COUNT.pack(len(entry)) + _encode(entry)

    def entry(self, version: int, changes: Iterable[tuple[Row, bool]]) -> Pair:
        """The outbox's entry for a version of another engine's. `changes`: rows, each with whether
        it is deleted, in which case only its key counts."""
        found = {
            self._key_of(row): _GONE + self._key.write(self._pick(row))
            if is_deleted
            else _THERE + self._row.write(row)
            for row, is_deleted in changes
        }
        return _VERSION.pack(version), _COUNT.pack(len(found)) + _encode(found)

    def settle(self) -> None:
        self.changes = {}
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
