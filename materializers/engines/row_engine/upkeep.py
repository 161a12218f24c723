"""Applies batches to the state.

Tables, operators, the views' rows, their outboxes and the position change in one transaction. Views
that are not built yet are built in it, from the tables as of the end of the batch.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from materializers.engines.applied import Applied
from materializers.engines.newest import NewestChange
from materializers.engines.position import Position
from materializers.engines.row_engine.attempt import Attempt, FailedViews, OutgrownView
from materializers.engines.row_engine.blame import row_at_fault
from materializers.engines.row_engine.catalogue import Catalogue
from materializers.engines.row_engine.collection import collection_paused
from materializers.engines.row_engine.prepared import Prepared, prepared
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.row_engine.state_file import StateFile, state_errors
from materializers.engines.trial import Trial
from materializers.engines.trims import Trims
from materializers.intake.batch import Batch

log = logging.getLogger("rederive.engine")


class Upkeep:
    """Applies batches. State and catalogue are at the new cut when `apply` returns, and unchanged
    where it raises."""

    def __init__(self, file: StateFile, catalogue: Catalogue, trims: Trims) -> None:
        self._file, self._catalogue, self._trims = file, catalogue, trims

    def apply(self, batch: Batch) -> Applied:
        """See `Engine.apply`. The batch is tried until no view fails, each time without the views
        that failed."""
        start, position, catalogue = time.perf_counter(), self._file.state.position, self._catalogue
        cut = position.cut if position.is_exact else None
        last = cut.to_json().decode() if cut is not None else ""
        trial = Trial(batch, catalogue.views, catalogue.schemas, catalogue.replanning, last)
        reached = Position(
            batch.cut if batch.is_exact else position.cut, batch.offsets, batch.is_exact
        )
        try:
            with state_errors(self._file.path, f"Batch up to {batch.cut.lsn}"), collection_paused():
                attempt = self._moved(trial, reached)
        except BaseException:
            catalogue.reassemble()
            raise
        self._remember(attempt, position, batch)
        for name in trial.replanned:
            log.info("%s", trial.revision.reasons[name], extra={"view": name})
        trial.log_stopped()
        self._file.state.reached(reached)
        changed = {n: c.count if c else 0 for n, c in attempt.changed.items()}
        seconds = {"views": time.perf_counter() - start}
        return Applied({**changed, **attempt.built}, seconds, trial.stopped)

    def _moved(self, trial: Trial[RowView], reached: Position) -> Attempt:
        while True:
            ready = prepared(trial, self._catalogue)
            due = self._trims.due()
            due = {n: v for n, v in due.items() if n in ready.views and ready.views[n].is_built}
            attempt = Attempt(self._file, self._catalogue, trial, ready)
            try:
                attempt.move(reached, due)
            except FailedViews as failed:
                self._catalogue.reassemble()
                trial.failures |= self._with_places(failed.reasons, ready)
            except OutgrownView as outgrown:
                self._catalogue.reassemble()
                if not trial.widen(outgrown.view, outgrown.reason):
                    trial.failures[outgrown.view] = outgrown.reason
            else:
                self._trims.done(due)
                for name, changed in attempt.changed.items():
                    if changed is not None:
                        self._trims.recorded(name, trial.batch.cut.version)
                return attempt

    def _with_places(self, reasons: Mapping[str, str], ready: Prepared) -> dict[str, str]:
        """The reasons, each with the row at fault where a single one is."""
        circuit = self._catalogue.assembled(ready.views, ready.layouts)
        told = {}
        for name, reason in reasons.items():
            at = row_at_fault(circuit, name, reason, ready.changes, ready.layouts)
            what, *fix = reason.partition(" Fix: ")
            told[name] = "".join((f"{what}, at {at}", *fix)) if at else reason
        return told

    def _remember(self, attempt: Attempt, before: Position, batch: Batch) -> None:
        """Store the last changes for readers, unless the cut took several batches."""
        newest = self._catalogue.newest
        is_whole = batch.is_exact and before.is_exact and before.cut is not None
        for name, changed in attempt.changed.items():
            if changed is None:
                continue
            known = newest.pop(name, None)
            if is_whole and before.cut is not None:
                after = known.version if known is not None else before.cut.version
                build = attempt.views[name].generation
                newest[name] = NewestChange(build, after, batch.cut.version, changed)
