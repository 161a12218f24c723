"""The view engine: all views of a pipeline over one DuckDB state file, moved batch by batch.

A batch is one transaction: input tables, operators' state, the views' rows, the outboxes, the cut
and the offsets move together, so that after a crash everything is at the last cut. One thread
writes; sinks read through cursors of their own, each in a transaction of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from cdc.contract.schemas import TableSchema
from materializers.engines.applied import Applied
from materializers.engines.duckdb.attempt import Attempt
from materializers.engines.duckdb.blame import SUSPECTS_MAX, row_at_fault
from materializers.engines.duckdb.builds import Builds
from materializers.engines.duckdb.kept_view import (
    BrokenView,
    KeptView,
    live_state,
    reason_of,
    tables_of,
)
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.runs import begin_run
from materializers.engines.duckdb.shortage import shortage, state_error
from materializers.engines.duckdb.state import (
    Position,
    StoredView,
    Transaction,
    open_state,
    read_position,
    read_tables,
    read_views,
    remove_tables,
    require_state,
    write_position,
    write_tables,
    write_view,
)
from materializers.engines.duckdb.tables import Change
from materializers.engines.duckdb.trial import Trial
from materializers.engines.pipeline_run import PipelineRun
from materializers.errors import Misfit, StateError, ViewError
from materializers.intake.batch import Batch, Records

log = logging.getLogger("rederive.engine")


class _Undone(Exception):
    """Ends a transaction that was made to look at something."""


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file stands there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Engine(Builds):
    """Owns a state file. `schemas`: every table as last seen; `views`: by label."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        super().__init__(connection, path)
        self._file = _identity(path)
        self._load()

    @classmethod
    def open(cls, path: Path, *, memory_limit: str = "", threads: int = 0) -> Engine:
        """Open or make a state file. `memory_limit` in DuckDB's words (`2GB`), empty for its
        default; `threads` 0 for all cores. Raises StateError where another process holds it."""
        return cls(open_state(path, memory_limit=memory_limit, threads=threads), path)

    def begin_run(self) -> PipelineRun:
        """Another start of the pipeline whose state this is."""
        return begin_run(self._connection, self.path)

    def require_file(self) -> None:
        """Raise StateError where the state file was removed or replaced: all that is written goes
        to the one that nobody can find any longer."""
        if _identity(self.path) != self._file:
            raise StateError(
                f"The state file {self.path} was removed while in use.",
                fix="start again with `rederive materialize --take-over`: all is built anew",
            )

    def _load(self) -> None:
        self._position = read_position(self._connection)
        self.schemas = read_tables(self._connection)
        self._tables.reload()
        stored = read_views(self._connection)
        self.views = {name: KeptView.of(view, self._shared) for name, view in stored.items()}
        kept = {
            table for view in self.views.values() if view.is_built for table in view.plan.state()
        }
        require_state(self._connection, self.path, kept)

    def close(self) -> None:
        """Release the file; may be called more than once."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._readers.close()
                self._connection.close()
        with self._moved:
            self._moved.notify_all()

    # batches

    def apply(self, batch: Batch) -> Applied:
        """Move everything by a batch, in one transaction.

        A view that fails stops alone, at its last good cut, and the batch is repeated without it;
        so do the views that read a column which cannot take a value. Raises StateError where
        memory or disk do not suffice; nothing has moved then."""
        last = self.cut.to_json().decode() if self.cut is not None and self.is_exact else ""
        trial = Trial(batch, self.views, self.schemas, self._shared, last)
        while True:
            try:
                attempt = self._attempt(trial)
            except BrokenView as broken:
                self._tables.reload()
                trial.failures[broken.view] = broken.reason + self._place_of(broken.view, trial)
                continue
            except Misfit as misfit:
                self._tables.reload()
                trial.learn(misfit)
                continue
            except (duckdb.Error, MemoryError) as error:
                self._tables.reload()
                raise state_error(error, self.path, f"Batch up to {batch.cut.lsn}") from error
            for name in trial.replanned:
                log.info("%s", trial.revision.reasons[name], extra={"view": name})
            trial.log_stopped()
            return Applied(attempt.changed, attempt.seconds, trial.stopped)

    def _attempt(self, trial: Trial) -> Attempt:
        batch, schemas, marked = trial.batch, trial.schemas, trial.marked()
        cut = batch.cut if batch.is_exact else self.cut
        position = Position(cut, batch.offsets, batch.is_exact)
        attempt = Attempt({**self.views, **marked})
        with Transaction(self._connection):
            start = time.perf_counter()
            for view in marked.values():
                write_view(self._connection, view.stored)
            attempt.views = self._exchanged(attempt.views, trial.replanned)
            run = self._move_input(trial, attempt.views)
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

    def _move_input(self, trial: Trial, views: Mapping[str, KeptView]) -> Run:
        """The input tables at the new side, and their deltas."""
        batch = trial.batch
        remove_tables(self._connection, batch.gone)
        write_tables(self._connection, batch.schemas)
        for table, schema in batch.schemas.items():
            if table in self.schemas:
                self._tables.refit(self.schemas[table], schema)
        for table in trial.unfit.keys() & tables_of(views.values()):
            self._tables.drop_columns(table, trial.unfit[table])
        is_kept = any(view.is_kept for view in views.values())
        changes = self._changes(batch, trial.schemas, views)
        moved = self._move_tables(changes, is_kept)
        widths = {t: self._tables.width(t) for t in moved}
        return Run(self._connection, moved, widths, checks_nulls=self.checks_nulls)

    def _place_of(self, name: str, trial: Trial) -> str:
        """The row of a batch that made a view fail, in words, where it is one row's doing. The
        input is moved once more for that, and taken back."""
        try:
            deltas = self._deltas_of(trial)
        except (duckdb.Error, MemoryError) as error:
            log.warning("the row at fault cannot be looked for: %s", type(error).__name__)
            deltas = {}
        self._tables.reload()
        row = row_at_fault(self._connection, self.views[name].plan, deltas)
        return f", at {row}" if row else ""

    def _deltas_of(self, trial: Trial) -> dict[str, pa.Table]:
        deltas = {}
        with suppress(_Undone), Transaction(self._connection):
            run = self._move_input(trial, {**self.views, **trial.marked()})
            for table, delta in run.changed.items():
                found = self._connection.sql(f"SELECT * FROM {delta} LIMIT {SUSPECTS_MAX}")
                deltas[table] = found.to_arrow_table()
            raise _Undone
        return deltas

    def _changes(
        self, batch: Batch, schemas: Mapping[str, TableSchema], views: Mapping[str, KeptView]
    ) -> list[Change]:
        needed, changes = tables_of(views.values()), []
        for table in sorted(t for t in needed if self._tables.holds(t)):
            records = batch.records.get(table) or Records()
            before, now = self.schemas.get(table), schemas[table]
            is_emptied = now.is_emptied_since(before)
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
            except (duckdb.Error, ViewError, MemoryError) as error:
                short = shortage(error, self.path, f"View {view.name}")
                raise short or BrokenView(view.name, reason_of(error)) from error
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
        with self._trims_lock:
            trims, self._trims = self._trims, {}
        for name, version in trims.items():
            if name in views:
                stored = views[name].trim(self._connection, version)
                views[name] = replace(views[name], stored=stored)

    def trim(self, view: str, version: int) -> None:
        """Every sink has the changes up to that version: the next batch removes them."""
        with self._trims_lock:
            self._trims[view] = max(version, self._trims.get(view, -1))
