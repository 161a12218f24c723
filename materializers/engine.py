"""The view engine: all views of a pipeline over one DuckDB state file, moved batch by batch.

A batch is one transaction: input tables, operators' state, the views' rows, the outboxes, the cut
and the offsets move together, so that after a crash everything is at the last cut. One thread
writes; sinks read through cursors of their own, each in a transaction of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

import duckdb
import pyarrow as pa

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.adopt import (
    attached,
    copy_view,
    differing_rows,
    refuse_other_cut,
    stored_view,
)
from materializers.applied import Applied, Attempt
from materializers.batch import Batch, Records
from materializers.errors import OutboxTrimmed, StateError, ViewError
from materializers.explain import Size, explain, sizes
from materializers.kept_view import BrokenView, KeptView, live_state, reason_of, tables_of
from materializers.operators.run import Run
from materializers.plan.sharing import Shared
from materializers.sinks.sink import Step
from materializers.state import (
    Position,
    StoredView,
    Transaction,
    open_state,
    read_position,
    read_tables,
    read_views,
    write_position,
    write_tables,
    write_view,
)
from materializers.tables import Change, Tables
from materializers.view import ViewDefinition

EXACT_CUT_TIMEOUT_S = 600.0
"""How long a full read waits while the state is between two cuts."""


class Engine:
    """Owns a state file. `schemas`: every table as last seen; `views`: by name."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._readers = connection.cursor()
        self._lock = threading.Lock()
        self._moved = threading.Condition()
        self._is_closed = False
        self._trims: dict[str, int] = {}
        self._position = Position(None, {}, True)
        self.schemas: dict[str, TableSchema] = {}
        self.views: dict[str, KeptView] = {}
        self._shared: Shared = WeakValueDictionary()
        self._tables = Tables(connection)
        self._load()

    @classmethod
    def open(cls, path: Path, *, memory_limit: str = "", threads: int = 0) -> Engine:
        """Open or make a state file. `memory_limit` in DuckDB's words (`2GB`), empty for its
        default; `threads` 0 for all cores. Raises StateError where another process holds it."""
        return cls(open_state(path, memory_limit=memory_limit, threads=threads), path)

    def _load(self) -> None:
        self._position = read_position(self._connection)
        self.schemas = read_tables(self._connection)
        self._tables.reload()
        stored = read_views(self._connection)
        self.views = {name: KeptView.of(view, self._shared) for name, view in stored.items()}

    @property
    def cut(self) -> Cut | None:
        """The last exact cut applied."""
        return self._position.cut

    @property
    def offsets(self) -> Mapping[str, tuple[int, ...]]:
        """Topic -> the next offset to read per partition, stored with the rows."""
        return self._position.offsets

    @property
    def is_exact(self) -> bool:
        """False between parts of a long way to a cut, when no view can be read in full."""
        return self._position.is_exact

    def close(self) -> None:
        """Release the file; may be called more than once."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._readers.close()
                self._connection.close()
        with self._moved:
            self._moved.notify_all()

    # views

    def declare(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
        generation: int,
    ) -> KeptView:
        """Plan a view and make its tables; it is built by the next exact batch.

        Raises ViewError with the place underlined, StateError where the state holds rows of a
        table but not a column that the view needs (rebuild it instead)."""
        stored = StoredView(definition, key, generation, dict(schemas), None, False, 0, -1)
        view = KeptView.of(stored, self._shared)
        used = {table: schemas[table] for table in view.plan.needs}
        view = KeptView(replace(stored, schemas=used), view.plan, view.outbox)
        before, others = self.views.get(definition.name), self._others(definition.name)
        with Transaction(self._connection):
            if before is not None:
                before.drop(self._connection, others)
            self._tables.make(view.plan.needs, schemas)
            view.create(self._connection, live_state(others))
            known = {t: s for t, s in schemas.items() if t not in self.schemas}
            write_tables(self._connection, known)
        self.schemas.update(known)
        self.views = {**self.views, definition.name: view}
        return view

    def forget(self, view: str) -> None:
        """Remove a view and what only it needed."""
        with Transaction(self._connection):
            self.views[view].drop(self._connection, self._others(view))
            self.views = {name: kept for name, kept in self.views.items() if name != view}
            self._tables.drop_all_but(self.tables_needed())

    def _others(self, view: str) -> list[KeptView]:
        return [kept for name, kept in self.views.items() if name != view]

    def tables_needed(self) -> set[str]:
        """The tables that some view reads, stopped views left out."""
        return tables_of(self.views.values())

    # batches

    def apply(self, batch: Batch) -> Applied:
        """Move everything by a batch, in one transaction.

        A view that fails stops alone, at its last good cut, and the batch is repeated without it.
        Raises ContractError for a record that breaks the contract; nothing has moved then."""
        failures = self._broken_by(batch.schemas)
        while True:
            try:
                attempt = self._attempt(batch, failures)
            except BrokenView as broken:
                failures[broken.view] = broken.reason
                self._tables.reload()
                continue
            return Applied(attempt.changed, attempt.seconds, failures)

    def _broken_by(self, schemas: Mapping[str, TableSchema]) -> dict[str, str]:
        found = {
            name: view.broken_by(schemas)
            for name, view in self.views.items()
            if view.failure is None
        }
        return {name: reason for name, reason in found.items() if reason is not None}

    def _attempt(self, batch: Batch, failures: Mapping[str, str]) -> Attempt:
        schemas = {**self.schemas, **batch.schemas}
        cut = batch.cut if batch.is_exact else self.cut
        position = Position(cut, batch.offsets, batch.is_exact)
        attempt = Attempt(self._with_failures(failures))
        with Transaction(self._connection):
            start = time.perf_counter()
            for name in failures:
                write_view(self._connection, attempt.views[name].stored)
            write_tables(self._connection, batch.schemas)
            for table, schema in batch.schemas.items():
                if table in self.schemas:
                    self._tables.refit(self.schemas[table], schema)
            is_kept = any(view.is_kept for view in attempt.views.values())
            changes = self._changes(batch, schemas, attempt.views)
            widths = {table: len(columns) for table, columns in self._tables.stored.items()}
            run = Run(self._connection, self._move_tables(changes, is_kept), widths)
            start = attempt.took("input", start)
            self._move_views(run, batch, attempt)
            start = attempt.took("views", start)
            self._trim(attempt.views)
            write_position(self._connection, position)
            run.drop_temporary()
            commit = time.perf_counter()
        attempt.took("commit", commit)
        self.schemas, self.views = schemas, attempt.views
        self._position = position
        with self._moved:
            self._moved.notify_all()
        return attempt

    def _with_failures(self, failures: Mapping[str, str]) -> dict[str, KeptView]:
        views = dict(self.views)
        for name, reason in failures.items():
            view = views[name]
            views[name] = replace(view, stored=replace(view.stored, failure=reason))
        return views

    def _changes(
        self, batch: Batch, schemas: Mapping[str, TableSchema], views: Mapping[str, KeptView]
    ) -> list[Change]:
        needed, changes = tables_of(views.values()), []
        for table in sorted(needed & self._tables.stored.keys()):
            records = batch.records.get(table) or Records()
            before, now = self.schemas.get(table), schemas[table]
            is_emptied = now.emptied is not None and (
                before is None or before.emptied is None or before.emptied.lsn < now.emptied.lsn
            )
            if len(records) or is_emptied:
                changes.append(Change(now, records, is_emptied))
        return changes

    def _move_tables(self, changes: Sequence[Change], is_kept: bool) -> dict[str, str]:
        """Store the records; where views are kept by deltas, the deltas by table."""
        moved = {}
        for change in changes:
            if not is_kept:
                self._tables.load(change)
                continue
            delta, count = self._tables.move(change)
            if count:
                moved[change.schema.table] = delta
        return moved

    def _move_views(self, run: Run, batch: Batch, attempt: Attempt) -> None:
        """First those that are kept, by their deltas; then new ones are built, so that state
        which both need is at the new side by then."""
        views = sorted(attempt.views.values(), key=lambda view: not view.is_built)
        for view in views:
            if view.failure is not None or not (view.is_built or batch.is_exact):
                continue
            start = time.perf_counter()
            try:
                stored = self._move_view(run, view, batch.cut.version, attempt)
            except (duckdb.Error, ViewError) as error:
                raise BrokenView(view.name, reason_of(error)) from error
            attempt.views[view.name] = replace(view, stored=stored)
            attempt.took(view.name, start)

    @staticmethod
    def _move_view(run: Run, view: KeptView, version: int, attempt: Attempt) -> StoredView:
        if view.is_built:
            attempt.changed[view.name], stored = view.move(run, version)
        else:
            stored = view.build(run, version, live_state(attempt.views.values()))
            attempt.changed[view.name] = stored.rows
        return stored

    def _trim(self, views: dict[str, KeptView]) -> None:
        with self._lock:
            trims, self._trims = self._trims, {}
        for name, version in trims.items():
            if name in views:
                stored = views[name].trim(self._connection, version)
                views[name] = replace(views[name], stored=stored)

    # a build from another file

    def compare(self, rebuilt: Path, view: str) -> int:
        """Rows that differ between the live view and its build in another, closed state file."""
        with attached(self._connection, rebuilt):
            refuse_other_cut(self._connection, rebuilt, self.cut)
            return differing_rows(self._connection, self.views[view])

    def adopt(self, rebuilt: Path, view: str) -> None:
        """Move a view from another, closed state file at the same cut into this one, in one
        transaction: rows, outbox, operators' state, definition, build, and what the input tables
        here lack. Raises StateError where the files are not at one cut."""
        with attached(self._connection, rebuilt):
            refuse_other_cut(self._connection, rebuilt, self.cut)
            found = stored_view(self._connection, rebuilt, view)
            before, others = self.views.get(view), self._others(view)
            kept = KeptView.of(found, self._shared)
            with Transaction(self._connection):
                if before is not None:
                    before.drop(self._connection, others)
                self._tables.drop_all_but(tables_of(others))
                copy_view(self._connection, self._tables, kept, live_state(others))
                known = {t: s for t, s in found.schemas.items() if t not in self.schemas}
                write_tables(self._connection, known)
        self.schemas.update(known)
        self._tables.reload()
        with self._lock:
            self._trims.pop(view, None)
        self.views = {**self.views, view: kept}

    def explain(self, view: str) -> list[str]:
        """The view's plan, a line per operator, and what keeps it."""
        cursor = self._cursor()
        try:
            return explain(cursor, self.views[view])
        finally:
            cursor.close()

    def sizes(self, view: str) -> Mapping[str, Size]:
        """Rows and bytes of every table that keeps the view."""
        cursor = self._cursor()
        try:
            return sizes(cursor, self.views[view])
        finally:
            cursor.close()

    # reading, from any thread

    def has_since(self, view: str, version: int) -> bool:
        """Whether the outbox holds every change after that version."""
        kept = self.views[view]
        return kept.is_built and version >= kept.stored.outbox_from

    def step(self, view: str, after: int) -> Step | None:
        """What changed in (after, newest exact cut], the last of each key; None where the view is
        at no later cut. A stopped view stays at its last good cut."""
        kept, cut = self.views[view], self.cut
        if cut is None or not kept.is_kept or cut.version <= after:
            return None
        if not self.has_since(view, after):
            raise OutboxTrimmed(f"View {view}: its outbox no longer reaches back to {after}.")
        cursor = self._cursor()
        try:
            upserts, deletes = kept.outbox.changes(cursor, after, cut.version)
        finally:
            cursor.close()
        return Step(cut.version, cut.to_json().decode(), upserts, deletes)

    def full(self, view: str) -> Step:
        """The whole view at the newest exact cut, as one read transaction that streams: it is
        held until `upserts` is exhausted. Between the parts of a long way to a cut it waits for
        the cut; raises StateError where none comes in time or the engine is closed."""
        deadline = time.monotonic() + EXACT_CUT_TIMEOUT_S
        while True:
            cursor = self._cursor()
            cursor.execute("BEGIN")
            position = read_position(cursor)
            kept = self.views[view]
            if position.cut is not None and kept.is_built and position.is_exact:
                break
            cursor.close()
            self._wait_for_cut(view, deadline - time.monotonic())
        rows = _streamed(cursor, kept)
        return Step(position.cut.version, position.cut.to_json().decode(), rows, [])

    def _wait_for_cut(self, view: str, timeout_s: float) -> None:
        def is_there() -> bool:
            return self._is_closed or (self.is_exact and self.views[view].is_built)

        with self._moved:
            if not self._moved.wait_for(is_there, max(0.0, timeout_s)):
                raise StateError(f"View {view}: no exact cut came in time.")

    def rows(self, view: str) -> Iterator[pa.RecordBatch]:
        """The view's rows as last committed, streamed."""
        return _streamed(self._cursor(), self.views[view])

    def changes_waiting(self, view: str) -> int:
        """How many changes of the view some sink has yet to receive."""
        cursor = self._cursor()
        try:
            return self.views[view].outbox.length(cursor)
        finally:
            cursor.close()

    def trim(self, view: str, version: int) -> None:
        """Every sink has the changes up to that version: the next batch removes them."""
        with self._lock:
            self._trims[view] = max(version, self._trims.get(view, -1))

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._is_closed:
                raise StateError(f"The state file {self.path} is closed.")
            return self._readers.cursor()


def _streamed(cursor: duckdb.DuckDBPyConnection, view: KeptView) -> Iterator[pa.RecordBatch]:
    try:
        yield from view.outbox.all_rows(cursor)
    finally:
        cursor.close()
