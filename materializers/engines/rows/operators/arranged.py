"""Stored rows that can be looked up by a key, before a batch and after it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence

from materializers.engines.rows.operators.delta import Delta, Weighted
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.scalar import Row

KeyOf = Callable[[Row], "bytes | None"]
"""The key of a row; None for a row with a NULL in it, which no key matches."""

Entry = tuple[bytes, Row, int]
"""(bytes that identify the row within its key, the row, its weight). Entries sort as the rows."""

Rows = dict[bytes, list[Weighted]]
"""Rows by key, in the order of their entries; keys without rows are left out."""


class Arranged(Operator):
    """The rows of its only input by a key. It has no delta of its own."""

    def __init__(self, child: Operator, key: KeyOf, *shelves: Shelf) -> None:
        super().__init__((child,), (), *shelves)
        self.key = key
        self._changes: dict[bytes, list[Entry]] | None = {}
        self._unread: Iterable[tuple[bytes, Entry]] = ()
        self._old: dict[bytes, list[Entry]] = {}

    @abstractmethod
    def entries(self, keys: Sequence[bytes]) -> dict[bytes, list[Entry]]:
        """The rows before the batch by key, in order."""

    def walked(self, key: bytes, *, is_reverse: bool = False) -> Iterator[Entry]:
        """The entries of one key before the batch, read lazily."""
        entries = self.entries([key]).get(key, [])
        return reversed(entries) if is_reverse else iter(entries)

    def move(self, deltas: Sequence[Delta]) -> Delta:
        self._unread, self._changes = self._moved(deltas[0]), None
        return []

    @property
    def changes(self) -> dict[bytes, list[Entry]]:
        """The batch's changes by key; deletions before insertions. A join needs those of a side
        only where the other side changes too."""
        if self._changes is None:
            self._changes = _by_key(self._unread)
        return self._changes

    def whole(self) -> Delta:
        return []

    @abstractmethod
    def _moved(self, delta: Delta) -> Iterable[tuple[bytes, Entry]]:
        """Write the changes; returns them with their keys, read once."""

    def old(self, keys: Iterable[bytes]) -> Rows:
        """The rows before the batch."""
        entries_of = self._known(keys)
        return {
            key: [each[1:] for each in entries] for key, entries in entries_of.items() if entries
        }

    def new(self, keys: Iterable[bytes]) -> Rows:
        """The rows after it."""
        rows_of = {}
        for key, entries in self._known(keys).items():
            changes = self.changes.get(key)
            rows = [each[1:] for each in (_merged(entries, changes) if changes else entries)]
            if rows:
                rows_of[key] = rows
        return rows_of

    def rows_of(self, key: bytes, *, is_new: bool, is_reverse: bool = False) -> Iterator[Weighted]:
        """The rows of one key in order, read lazily."""
        changes = self.changes.get(key) if is_new else None
        stored = self.walked(key, is_reverse=is_reverse)
        if changes is not None:
            stored = _merging(stored, changes, is_reverse=is_reverse)
        return (each[1:] for each in stored)

    def _known(self, keys: Iterable[bytes]) -> dict[bytes, list[Entry]]:
        wanted = set(keys)
        missing = wanted - self._old.keys()
        if missing:
            stored = self.entries(sorted(missing))
            self._old.update((key, stored.get(key, [])) for key in missing)
        return {key: self._old[key] for key in wanted}

    def settle(self) -> None:
        self._changes, self._unread = {}, ()
        self._old = {}


def _by_key(changes: Iterable[tuple[bytes, Entry]]) -> dict[bytes, list[Entry]]:
    by_key: dict[bytes, list[Entry]] = {}
    for key, entry in changes:
        by_key.setdefault(key, []).append(entry)
    for entries in by_key.values():
        if len(entries) > 1:
            entries.sort(key=_weight)
    return by_key


def _weight(entry: Entry) -> int:
    return entry[2]


def _place(entry: Entry) -> bytes:
    return entry[0]


def _merged(entries: Iterable[Entry], changes: Iterable[Entry]) -> list[Entry]:
    by_place = {each[0]: each for each in entries}
    for place, row, weight in changes:
        known = by_place.get(place)
        total = weight + (known[2] if known is not None else 0)
        if total:
            by_place[place] = place, row, total
        else:
            del by_place[place]
    return sorted(by_place.values(), key=_place)


def _merging(
    stored: Iterator[Entry], changes: Sequence[Entry], *, is_reverse: bool
) -> Iterator[Entry]:
    """The same as `_merged`, reading the stored entries lazily."""
    changed: dict[bytes, list[Entry]] = {}
    for each in changes:
        changed.setdefault(each[0], []).append(each)
    waiting = sorted(changed, reverse=not is_reverse)
    for entry in stored:
        while waiting and (waiting[-1] > entry[0] if is_reverse else waiting[-1] < entry[0]):
            yield from _merged((), changed[waiting.pop()])
        if waiting and waiting[-1] == entry[0]:
            yield from _merged((entry,), changed[waiting.pop()])
        else:
            yield entry
    while waiting:
        yield from _merged((), changed[waiting.pop()])
