"""Applies batches to the state.

A batch is one transaction: input tables, operators' state, views' rows, outboxes, the cut and the
offsets change together, so that after a crash everything is at the last cut.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace

import duckdb

from materializers.engines.applied import Applied
from materializers.engines.duckdb.attempt import Attempt
from materializers.engines.duckdb.blame import row_at_fault
from materializers.engines.duckdb.catalogue import Catalogue
from materializers.engines.duckdb.duckdb_view import (
    BrokenView,
    DuckDBView,
    is_outgrown,
    live_state,
    reason_of,
)
from materializers.engines.duckdb.inputs import Inputs
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.shortage import shortage, state_error
from materializers.engines.duckdb.state import (
    Transaction,
    write_position,
    write_view,
)
from materializers.engines.duckdb.store import Store
from materializers.engines.newest import unchanged_since
from materializers.engines.position import Position
from materializers.engines.stored_view import StoredView
from materializers.engines.trial import Trial
from materializers.engines.trims import Trims
from materializers.errors import Misfit, ViewError
from materializers.intake.batch import Batch

log = logging.getLogger("rederive.engine")


class Upkeep:
    """Applies batches. Store and catalogue are at the new cut when `apply` returns, and unchanged
    where it raises."""

    def __init__(self, store: Store, catalogue: Catalogue, trims: Trims) -> None:
        self._store, self._catalogue, self._trims = store, catalogue, trims
        self._inputs = Inputs(store, catalogue)

    def apply(self, batch: Batch) -> Applied:
        """See `Engine.apply`. The batch is tried until no view fails, each time without the views
        that failed."""
        store, position = self._store, self._store.state.position
        cut = position.cut if position.is_exact else None
        last = cut.to_json().decode() if cut is not None else ""
        catalogue = self._catalogue
        trial = Trial(batch, catalogue.views, catalogue.schemas, catalogue.replanning, last)
        while True:
            try:
                attempt = self._attempt(trial)
            except BrokenView as broken:
                store.tables.reload()
                if broken.is_outgrown and trial.widen(broken.view, broken.reason):
                    continue
                trial.failures[broken.view] = broken.reason + self._place_of(broken.view, trial)
                continue
            except Misfit as misfit:
                store.tables.reload()
                trial.learn(misfit)
                continue
            except (duckdb.Error, MemoryError) as error:
                store.tables.reload()
                raise state_error(error, store.path, f"Batch up to {batch.cut.lsn}") from error
            for name in trial.replanned:
                log.info("%s", trial.revision.reasons[name], extra={"view": name})
            trial.log_stopped()
            return Applied(attempt.changed, attempt.seconds, trial.stopped)

    def _attempt(self, trial: Trial[DuckDBView]) -> Attempt:
        batch, schemas, marked = trial.batch, trial.schemas, trial.marked()
        cut = batch.cut if batch.is_exact else self._store.state.position.cut
        position = Position(cut, batch.offsets, batch.is_exact)
        attempt, connection = Attempt({**self._catalogue.views, **marked}), self._store.connection
        with Transaction(connection):
            start = time.perf_counter()
            for view in marked.values():
                write_view(connection, view.stored)
            attempt.views = _exchanged(connection, attempt.views, trial.replanned)
            run = self._inputs.move(trial, attempt.views)
            start = attempt.took("input", start)
            self._move_views(run, batch, attempt)
            start = attempt.took("views", start)
            trimmed = self._trim(attempt.views)
            write_position(connection, position)
            run.drop_temporary()
            commit = time.perf_counter()
        attempt.took("commit", commit)
        self._trims.done(trimmed)
        for name, count in attempt.changed.items():
            if count:
                self._trims.recorded(name, batch.cut.version)
        self._remember(attempt, batch)
        self._catalogue.schemas, self._catalogue.views = schemas, attempt.views
        self._store.state.reached(position)
        return attempt

    def _remember(self, attempt: Attempt, batch: Batch) -> None:
        """Note since when each view is unchanged, for readers that have everything up to there:
        they need not read the outbox. Before the position is shown, or they would miss changes."""
        newest, before = self._catalogue.newest, self._store.state.position
        for name, count in attempt.changed.items():
            build, known = attempt.views[name].generation, newest.pop(name, None)
            if not (batch.is_exact and before.is_exact):
                continue
            if count or before.cut is None:
                newest[name] = unchanged_since(build, batch.cut.version)
            else:
                since = unchanged_since(build, before.cut.version)
                newest[name] = known if known is not None and known.build == build else since

    def _place_of(self, name: str, trial: Trial[DuckDBView]) -> str:
        """The table and key of the row that made a view fail; empty where no single row did."""
        deltas = self._inputs.deltas_of(trial)
        plan = self._catalogue.views[name].plan
        row = row_at_fault(self._store.connection, plan, deltas)
        return f", at {row}" if row else ""

    def _move_views(self, run: Run, batch: Batch, attempt: Attempt) -> None:
        """Update maintained views by deltas, then build new ones: state that they share is up to
        date by then."""
        views = sorted(attempt.views.values(), key=lambda view: not view.is_built)
        for view in views:
            if view.failure is not None or not (view.is_built or batch.is_exact):
                continue
            start = time.perf_counter()
            try:
                stored = _move_view(run, view, batch.cut.version, attempt)
            except (duckdb.Error, ViewError, MemoryError) as error:
                short = shortage(error, self._store.path, f"View {view.name}")
                outgrown = is_outgrown(error) and not view.stored.is_wide
                broken = BrokenView(view.name, reason_of(error), is_outgrown=outgrown)
                raise short or broken from error
            attempt.views[view.name] = replace(view, stored=stored)
            attempt.took(view.name, start)

    def _trim(self, views: dict[str, DuckDBView]) -> dict[str, int]:
        """Remove changes that every sink has; returns the versions up to which."""
        due = {name: version for name, version in self._trims.due().items() if name in views}
        for name, version in due.items():
            stored = views[name].trim(self._store.connection, version)
            views[name] = replace(views[name], stored=stored)
        return due


def _move_view(run: Run, view: DuckDBView, version: int, attempt: Attempt) -> StoredView:
    if view.is_built:
        attempt.changed[view.name], stored = view.move(run, version)
    else:
        stored = view.build(run, version, live_state(attempt.views.values()))
        attempt.changed[view.name] = stored.rows
    return stored


def _exchanged(
    connection: duckdb.DuckDBPyConnection,
    views: Mapping[str, DuckDBView],
    coming: Mapping[str, DuckDBView],
) -> dict[str, DuckDBView]:
    """Replace builds by new, empty ones, in the caller's transaction; returns all views. State that
    only the old builds used is dropped."""
    now = {**views, **coming}
    for name in coming:
        views[name].drop(connection, [v for n, v in now.items() if n not in coming])
    for view in coming.values():
        view.create(connection, live_state(now.values()))
    return now
