"""The current rows of one captured table, by their primary key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.picking import picked
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.key_bytes import key_bytes
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.sql.types.sql_type import SqlType

Changes = Sequence[tuple[Row, "Row | None"]]
"""(primary key, row; None for a deletion) of each record, in order."""


class Table(Operator):
    """`columns`: the stored columns with their types, the primary key's included."""

    def __init__(
        self, shelf: Shelf, columns: Sequence[tuple[str, SqlType]], primary_key: Sequence[str]
    ) -> None:
        super().__init__((), (), shelf)
        kinds = dict(columns)
        self.names = tuple(kinds)
        self.primary_key = tuple(primary_key)
        self.key_kinds = [kinds[name] for name in primary_key]
        self.write_key = key_bytes(self.key_kinds)
        self._rows = RowBytes(list(kinds.values()))
        self._shelf = shelf
        self._known: dict[bytes, tuple[Row, bytes] | None] = {}

    def take(self, changes: Changes) -> Delta:
        """Apply records; the last one of a key counts, and one that changes nothing is dropped."""
        write_key, write, pending = self.write_key, self._rows.write, self._shelf.pending
        new = {write_key(key): row for key, row in changes}
        old = self._looked_up(new)
        delta: Delta = []
        for key, row in new.items():
            before, data = old[key], None if row is None else write(row)
            if before is not None:
                if data == before[1]:
                    continue
                delta.append((before[0], -1))
            elif data is None:
                continue
            if row is not None:
                delta.append((row, 1))
            pending[key] = data
        return delta

    def load(self, changes: Changes) -> None:
        """Store records without a delta: no operator has been built from the table yet."""
        write_key, write = self.write_key, self._rows.write
        self._shelf.pending.update(
            (write_key(key), None if row is None else write(row)) for key, row in changes
        )

    def add(self, rows: Iterable[Row]) -> Delta:
        """Store rows that are not in the table."""
        write_key, write, pending = self.write_key, self._rows.write, self._shelf.pending
        pick = picked(self.names, self.primary_key)
        delta = [(row, 1) for row in rows]
        pending.update((write_key(pick(row)), write(row)) for row, _ in delta)
        return delta

    @property
    def is_empty(self) -> bool:
        """Whether it has no row."""
        return next(self._shelf.scan(), None) is None

    def emptied(self) -> list[tuple[Row, None]]:
        """The changes that delete all its rows."""
        pick = picked(self.names, self.primary_key)
        return [(pick(self._rows.read(data)), None) for _, data in self._shelf.scan()]

    def move(self, deltas: Sequence[Delta]) -> Delta:
        raise NotImplementedError("a table is changed by records")

    def old(self, keys: Iterable[bytes]) -> dict[bytes, Row]:
        """The rows before the batch by key; missing ones are left out."""
        wanted = list(keys)
        known = self._looked_up(wanted)
        return {key: stored[0] for key in wanted if (stored := known[key]) is not None}

    def _looked_up(self, keys: Iterable[bytes]) -> Mapping[bytes, tuple[Row, bytes] | None]:
        """The rows read so far, as of before the batch, with their bytes; reads these keys too."""
        known, read = self._known, self._rows.read
        missing = [key for key in keys if key not in known]
        if missing:
            stored = self._shelf.get(missing)
            for key in missing:
                data = stored.get(key)
                known[key] = None if data is None else (read(data), data)
        return known

    def first(self, deltas: Sequence[Delta]) -> Delta:
        return self.whole()

    def whole(self) -> Delta:
        return [(row, 1) for row in self.new_rows()]

    def new_rows(self) -> Iterator[Row]:
        """All rows after the batch."""
        return (self._rows.read(data) for _, data in self._shelf.scan_new())

    def settle(self) -> None:
        self._known = {}
