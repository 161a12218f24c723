"""Tables, views and their changes over one store: what a row engine is at a cut.

A batch is one transaction: tables, operators, the views' rows, the outboxes and the position move
together. A power cut may take the last batches as a whole; then the position is theirs no longer,
and a sink may be ahead. Records are read again from the position, and what leads up to a version
that a sink has is not sent to it again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from materializers.engines.rows.failure import EvaluationError, UnfitState
from materializers.engines.rows.operators.circuit import Circuit, Moved
from materializers.engines.rows.operators.output import Change, Output, since
from materializers.engines.rows.records import Records
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.store import Reader, Store
from materializers.sql.relations.canonical import Canonical, digest
from materializers.sql.relations.relation import Relation
from materializers.sql.types.sql_type import SqlType

_META, _POSITION, _FAILED = "meta", b"position", b"failed "
_VERSION = struct.Struct(">Q")

_FORMAT = 1
"""Of what is kept; another one where bytes of keys, rows or groups are written otherwise."""

Pairs = tuple[Sequence[bytes], Sequence["bytes | None"]]
"""Keys and values of records, in parallel."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The changes of each view that changed, and why views stopped."""

    changes: Mapping[str, list[Change]]
    failures: Mapping[str, str]


class State:
    """One thread applies batches and all else; `rows` and `changes` may be asked for by any.
    Opened with `open`."""

    def __init__(self, store: Store) -> None:
        self.position = store.space(_META).get([_POSITION]).get(_POSITION)
        """What the last batch was applied with; None before the first."""
        self._store = store
        self._circuit = Circuit(store)
        self._records: dict[str, Records] = {}
        self._outputs: dict[str, Output] = {}
        self._moved: dict[str, bytes] = {}  # the views that batches move, and what they mean
        self._forms: dict[bytes, bytes] = {}  # by table how its rows are kept
        self._is_swept = False
        self._trims: dict[str, int] = {}

    @classmethod
    def open(cls, path: Path) -> State:
        """Open or make a state file. Raises sqlite3.Error."""
        return cls(Store.open(path))

    def add_table(
        self, name: str, columns: Sequence[tuple[str, SqlType]], key: Sequence[str]
    ) -> None:
        """A table and the columns of it that are stored; each time the state is opened, before the
        views that read it. Raises Unsupported, and UnfitState where its rows are kept otherwise."""
        form = repr((_FORMAT, tuple(columns), tuple(key))).encode()
        place = f"table {name}".encode()
        known = self._store.space(_META).get([place]).get(place)
        if known is not None and known != form:
            raise UnfitState(f"it holds table {name} in another form")
        self._forms[place] = form
        self._records[name] = Records(columns, key)
        self._circuit.add_table(name, columns, key)

    def add_view(self, name: str, root: Relation, key: Sequence[str]) -> None:
        """A view; each time the state is opened. One that was not there when its tables were
        filled is built from them. Raises Unsupported, and EvaluationError where its rows cannot be
        worked out."""
        meaning = digest(f"{Canonical({}).text(root)} by {tuple(key)}").encode()
        place = _place(name)
        known = self._store.space(_META).get([place, _FAILED + place])
        self._outputs[name] = self._circuit.add_output(name, root, key)
        self._moved[name] = meaning
        if known.get(place) == meaning and _FAILED + place not in known:
            for each in self._outputs[name].reached():
                each.is_built = True
        elif self.position is not None:
            self._build(name, was_there=place in known)

    def _build(self, name: str, *, was_there: bool) -> None:
        """One that was there and cannot be built stays as it was, stopped."""
        meta, place = self._store.space(_META), _place(name)
        written = {place: self._moved[name], _FAILED + place: None}
        try:
            self._circuit.build(lambda: meta.write(written))
        except EvaluationError as error:
            # What its operators kept stays for the views that are added behind it
            self._circuit.take_out(name)
            del self._moved[name]
            if was_there:
                meta.write({_FAILED + place: str(error).encode()})
            else:
                del self._outputs[name]
                raise

    def failure(self, view: str) -> str:
        """Why the view has stopped; empty while batches move it."""
        place = _FAILED + _place(view)
        return self._store.space(_META).get([place]).get(place, b"").decode()

    def apply(self, version: int, position: bytes, records: Mapping[str, Pairs]) -> Applied:
        """Move all by the records up to a version. Durable together when it returns; where it
        raises, nothing has moved.

        A view whose rows cannot be worked out, or whose key is not unique, stops alone with the
        rows that it had. Raises EvaluationError for a value that does not fit its column."""
        read = {name: self._records[name].read(*pairs) for name, pairs in records.items()}
        for name in self._moved:
            self._outputs[name].version = version
        found: dict[str, list[Change]] = {}

        def commit(moved: Moved) -> None:
            for name in self._moved.keys() - moved.failures.keys():
                if changes := self._outputs[name].changes:
                    found[name] = list(changes.values())
            self._write_meta(position, moved.failures)
            self._trim()

        failures = self._circuit.move(read, commit).failures
        self.position, self._is_swept = position, True
        for name in failures:
            del self._moved[name]
        return Applied(found, failures)

    def _write_meta(self, position: bytes, failures: Mapping[str, str]) -> None:
        written: dict[bytes, bytes | None] = {_POSITION: position}
        if not self._is_swept:
            written |= self._sweep()
        written |= {_FAILED + _place(name): why.encode() for name, why in failures.items()}
        self._store.space(_META).write(written)

    def _sweep(self) -> dict[bytes, bytes | None]:
        """Remove what batches move no longer, for it would be of an old cut; which views they move
        now."""
        kept = {_META, *self._circuit.spaces}
        kept |= {shelf.name for each in self._outputs.values() for shelf in each.shelves}
        for name in self._store.names() - kept:
            self._store.drop(name)
        there = {*self._forms, *map(_place, self._outputs)}
        found = (key for key, _ in self._store.space(_META).scan() if key != _POSITION)
        gone: dict[bytes, bytes | None] = {
            key: None for key in found if key.removeprefix(_FAILED) not in there
        }
        views = {_place(name): meaning for name, meaning in self._moved.items()}
        return {**gone, **self._forms, **views}

    def trim(self, view: str, version: int) -> None:
        """Every sink has the changes up to that version: the next batch removes them."""
        self._trims[view] = version

    def _trim(self) -> None:
        while self._trims:
            view, version = self._trims.popitem()
            before = _VERSION.pack(version + 1)
            self._store.space(f"outbox {view}").delete_before(before)

    def rows(self, view: str) -> Iterator[Row]:
        """The view's rows as of the last batch, however many follow while they are read."""
        reader, output = self._store.reader(), self._outputs[view]
        return _streamed(reader, f"rows {view}", output)

    def changes(self, view: str, after: int) -> list[Change]:
        """What changed in the view behind a version, the last of each key."""
        with closing(self._store.reader()) as reader:
            space = reader.space(f"outbox {view}")
            found = since(space.scan() if space is not None else (), after)
            return [self._outputs[view].change_of(data) for data in found]

    def close(self) -> None:
        """Release the file; may be called more than once."""
        self._store.close()


def _streamed(reader: Reader, name: str, output: Output) -> Iterator[Row]:
    with closing(reader):
        space = reader.space(name)
        if space is not None:
            yield from (output.row_of(data) for _, data in space.scan())


def _place(view: str) -> bytes:
    return f"view {view}".encode()
