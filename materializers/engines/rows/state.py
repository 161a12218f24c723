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
from pathlib import Path

from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.output import Change, Output, since
from materializers.engines.rows.records import Records
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.store import Reader, Store
from materializers.sql.relations.canonical import Canonical, digest
from materializers.sql.relations.relation import Relation
from materializers.sql.types.sql_type import SqlType

_META, _POSITION = "meta", b"position"
_VERSION = struct.Struct(">Q")

Pairs = tuple[Sequence[bytes], Sequence["bytes | None"]]
"""Keys and values of records, in parallel."""


class State:
    """One thread applies batches; any thread may read. Opened with `open`."""

    def __init__(self, store: Store) -> None:
        self.position = store.space(_META).get([_POSITION]).get(_POSITION)
        """What the last batch was applied with; None before the first."""
        self._store = store
        self._circuit = Circuit(store)
        self._records: dict[str, Records] = {}
        self._outputs: dict[str, Output] = {}
        self._meanings: dict[str, bytes] = {}
        self._trims: dict[str, int] = {}

    @classmethod
    def open(cls, path: Path) -> State:
        """Open or make a state file. Raises sqlite3.Error."""
        return cls(Store.open(path))

    def add_table(
        self, name: str, columns: Sequence[tuple[str, SqlType]], key: Sequence[str]
    ) -> None:
        """A table and the columns of it that are stored; each time the state is opened, before the
        views that read it. Raises Unsupported."""
        self._records[name] = Records(columns, key)
        self._circuit.add_table(name, columns, key)

    def add_view(self, name: str, root: Relation, key: Sequence[str]) -> None:
        """A view; each time the state is opened. Raises Unsupported, also for one that was not
        there when its tables were filled."""
        output = self._circuit.add_output(name, root, key)
        meaning = digest(f"{Canonical({}).text(root)} by {tuple(key)}").encode()
        place = f"view {name}".encode()
        known = self._store.space(_META).get([place]).get(place)
        if known == meaning:
            for each in _reached(output):
                each.is_built = True
        elif self.position is not None:
            raise Unsupported(f"building view {name} from tables that are kept")
        self._outputs[name] = output
        self._meanings[name] = meaning

    def apply(
        self, version: int, position: bytes, records: Mapping[str, Pairs]
    ) -> Mapping[str, list[Change]]:
        """Move all by the records up to a version; the changes of each view that changed. Durable
        together when it returns; where it raises, nothing has moved.

        Raises EvaluationError where a view's rows cannot be worked out, or its key is not unique,
        or a value does not fit its column."""
        read = {name: self._records[name].read(*pairs) for name, pairs in records.items()}
        for output in self._outputs.values():
            output.version = version
        found: dict[str, list[Change]] = {}

        def commit(_: Mapping[str, Delta]) -> None:
            for name, output in self._outputs.items():
                if output.changes:
                    found[name] = list(output.changes.values())
            self._write_meta(position)
            self._trim()

        self._circuit.move(read, commit)
        self.position = position
        return found

    def _write_meta(self, position: bytes) -> None:
        written: dict[bytes, bytes | None] = {_POSITION: position}
        if self.position is None:
            for name, meaning in self._meanings.items():
                written[f"view {name}".encode()] = meaning
        self._store.space(_META).write(written)

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


def _reached(output: Operator) -> Iterator[Operator]:
    """All that it is made of."""
    waiting = [output]
    while waiting:
        operator = waiting.pop()
        yield operator
        waiting += (*operator.inputs, *operator.reads)
