"""The columns of a table that a relation reads, and its rows by a key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from materializers.engines.rows.operators.arranged import Arranged, Entry, KeyOf
from materializers.engines.rows.operators.delta import Delta, Weighted
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.picking import picked
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.operators.table import Table
from materializers.engines.rows.store.key_bytes import bytes_at
from materializers.engines.rows.store.row_bytes import RowBytes


class Scan(Operator):
    """`names`: of the table's columns, in order; `rows`: the bytes of its rows."""

    def __init__(self, table: Table, names: Sequence[str], rows: RowBytes) -> None:
        super().__init__((table,))
        self._rows = rows
        self.table = table
        self.pick = None if tuple(names) == table.names else picked(table.names, names)
        self.key_places = [list(names).index(name) for name in table.primary_key]
        self.key_of = bytes_at(self.key_places, table.key_kinds)
        """The primary key of one of its rows, as the table stores it."""

    def move(self, deltas: Sequence[Delta]) -> Delta:
        (delta,) = deltas
        pick = self.pick
        if pick is None:
            return delta
        # a change of other columns alone is no change here; a row's two images follow each other
        write, moved, before = self._rows.write, [], None
        for row, weight in delta:
            picked = pick(row)
            if weight > 0 and picked == before and write(picked) == write(before):
                moved.pop()
            else:
                moved.append((picked, weight))
            before = picked if weight < 0 else None
        return moved


class ScanByKey(Arranged):
    """The rows by the primary key: the table itself."""

    def __init__(self, scan: Scan) -> None:
        super().__init__(scan, scan.key_of)
        self._scan = scan

    def entries(self, keys: Sequence[bytes]) -> dict[bytes, list[Entry]]:
        pick = self._scan.pick
        rows = self._scan.table.old(keys)
        return {k: [(b"", row if pick is None else pick(row), 1)] for k, row in rows.items()}

    def first(self, deltas: Sequence[Delta]) -> Delta:
        """The table has its rows already."""
        return []

    def settle(self) -> None:
        super().settle()
        self._scan.table.settle()

    def _moved(self, delta: Delta) -> Iterable[tuple[bytes, Entry]]:
        key_of = self._scan.key_of
        return ((key_of(row), (b"", row, weight)) for row, weight in delta)


class ScanIndex(Arranged):
    """The rows by other columns: an index of primary keys. `columns`: those that `key` consists of;
    None where it has other values."""

    def __init__(self, scan: Scan, key: KeyOf, shelf: Shelf, columns: Sequence[int] | None) -> None:
        super().__init__(scan, key, shelf)
        places = [] if columns is None else [*columns, *scan.key_places]
        self._place = itemgetter(*places) if places else None
        self._scan = scan
        self._shelf = shelf

    def entries(self, keys: Sequence[bytes]) -> dict[bytes, list[Entry]]:
        places = {key: [k[len(key) :] for k, _ in self._shelf.scan(key)] for key in keys}
        rows = self._scan.table.old([place for each in places.values() for place in each])
        pick = self._scan.pick
        return {
            key: [(p, rows[p] if pick is None else pick(rows[p]), 1) for p in each]
            for key, each in places.items()
        }

    def walked(self, key: bytes, *, is_reverse: bool = False) -> Iterator[Entry]:
        size, pick = len(key), self._scan.pick
        for place, _ in self._shelf.scan(key, is_reverse=is_reverse):
            row = self._scan.table.old([place[size:]])[place[size:]]
            yield place[size:], row if pick is None else pick(row), 1

    def settle(self) -> None:
        super().settle()
        self._scan.table.settle()

    def _moved(self, delta: Delta) -> Iterable[tuple[bytes, Entry]]:
        places: dict[bytes, int] = {}
        for row, weight in self._elsewhere(delta):
            key = self.key(row)
            if key is not None:
                place = key + self._scan.key_of(row)
                places[place] = places.get(place, 0) + weight
        pending = self._shelf.pending
        pending.update((k, b"" if weight > 0 else None) for k, weight in places.items() if weight)
        return self._changed(delta)

    def _elsewhere(self, delta: Delta) -> Iterable[Weighted]:
        """The changes without those of a row whose place in the index stays the same: its two
        images follow each other."""
        place_of = self._place
        if place_of is None:
            return delta
        moved: Delta = []
        before = None
        for row, weight in delta:
            place = place_of(row)
            if weight > 0 and place == before:
                moved.pop()
                before = None
            else:
                moved.append((row, weight))
                before = place if weight < 0 else None
        return moved

    def _changed(self, delta: Delta) -> Iterator[tuple[bytes, Entry]]:
        for row, weight in delta:
            key = self.key(row)
            if key is not None:
                yield key, (self._scan.key_of(row), row, weight)
