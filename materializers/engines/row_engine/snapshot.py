"""A snapshot of the row engine's state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from materializers.engines.newest import NOTHING, Changed
from materializers.engines.position import Position
from materializers.engines.row_engine.catalogue import view_spaces
from materializers.engines.row_engine.entries import META, read_position, read_tally, read_view
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.row_engine.state_file import StateFile
from materializers.engines.rows.operators.output import count, since
from materializers.engines.rows.store.store import Reader
from materializers.engines.stored_view import StoredView


@contextmanager
def opened(file: StateFile, step: str) -> Iterator[RowSnapshot]:
    """A snapshot for a step; see `OpenSnapshot`."""
    with file.reading(step) as reader:
        yield RowSnapshot(reader)


class RowSnapshot:
    """`Snapshot` over a reader of the store."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def position(self) -> Position:
        return read_position(self._reader.space(META))

    def entry(self, label: str) -> StoredView | None:
        return read_view(self._reader.space(META), label)

    def outbox_start(self, view: RowView) -> int | None:
        _, start, build = read_tally(self._reader.space(META), view.name) or (0, 0, None)
        return start if build == view.generation else None

    def changes(self, view: RowView, after: int, until: int) -> Changed:
        space = self._reader.space(view_spaces(view.name)[1])
        if space is None:
            return NOTHING
        upserts, deletes = since(space, after, until)
        return Changed(list(view.codec.rows(upserts)), list(view.codec.keys(deletes)))

    def rows(self, view: RowView) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        space = self._reader.space(view_spaces(view.name)[0])
        stored = () if space is None else (data for _, data in space.scan())
        return view.codec.schema, view.codec.rows(stored)

    def changes_waiting(self, view: RowView) -> int:
        space = self._reader.space(view_spaces(view.name)[1])
        return 0 if space is None else count(space)
