"""A snapshot of the state file: one transaction of one cursor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.state import read_position, read_view
from materializers.engines.duckdb.store import Store
from materializers.engines.newest import Changed
from materializers.engines.position import Position
from materializers.engines.stored_view import StoredView


@contextmanager
def opened(store: Store, step: str) -> Iterator[DuckDBSnapshot]:
    """A snapshot for a step; see `OpenSnapshot`."""
    with store.reading(step) as cursor:
        yield DuckDBSnapshot(cursor)


class DuckDBSnapshot:
    """`Snapshot` in a cursor's transaction."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def position(self) -> Position:
        return read_position(self._cursor)

    def entry(self, label: str) -> StoredView | None:
        return read_view(self._cursor, label)

    def outbox_start(self, view: DuckDBView) -> int | None:
        rows = self._cursor.execute(
            "SELECT outbox_from FROM rederive.views WHERE name = ? AND generation = ?",
            [view.name, view.generation],
        ).fetchall()
        return int(rows[0][0]) if rows else None

    def changes(self, view: DuckDBView, after: int, until: int) -> Changed:
        return Changed(*view.outbox.changes(self._cursor, after, until))

    def rows(self, view: DuckDBView) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        reader = view.outbox.reader(self._cursor)
        return reader.schema, iter(reader)

    def changes_waiting(self, view: DuckDBView) -> int:
        return view.outbox.length(self._cursor)
