"""Hand-over: views pass from one engine to the other at a cut, while changes go on.

    export     DuckDB writes the views' tables to files, in one transaction at a cut (not to bulk)
    load       a process of its own builds a state of the new engine's kind from them; or from the
               topics, where views go to DuckDB
    catch up   it follows the topics until close behind the source, and ends
    switch     between two batches the states meet at a cut, and the engine takes the new one,
               once every sink is at this cut

A sink at an earlier cut could not go on: the new state may have made several cuts in one batch, and
what was inserted and deleted again within it is no change there, but the sink has the row. Nothing
else changes for sinks: the build and its rows are the same. The state has a folder of its own,
which is removed at the end; at the next start, if a crash left it.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.builds.replay import Replay, Topics
from materializers.delivery.deliveries import Deliveries
from materializers.engines.engine import Engine
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.hybrid.groups import Place
from materializers.engines.label import next_label
from materializers.engines.stored_view import StoredView
from materializers.errors import RebuildError
from materializers.hand_over.job import Job, Told
from materializers.hand_over.worker_process import WorkerProcess
from materializers.intake.reader import Reader
from materializers.project.project import Project

FOLDER = "hand-over-"
"""Prefix of a hand-over's folder inside the state folder."""
SINKS_TIMEOUT_S, SWITCH_TIMEOUT_S = 10.0, 60.0
HELD_S = 0.5
"""How long batches wait for the sinks at the switch."""
PAUSE_S, HELD_PAUSE_S = 0.2, 0.005

Taken = Callable[[Engine, Reader], bool]
"""Adopts the views if all is ready; called with the live engine and reader, where nothing else
applies batches."""

log = logging.getLogger("rederive.materialize")


@dataclass(frozen=True, slots=True)
class HandOverProgress:
    """`phase`: as in the module's list; `rows` of `rows_total` are done in it (0: not known)."""

    phase: str
    rows: int = 0
    rows_total: int = 0


class HandOver:
    """Moves views that share tables to the engine `place`. `progress`: for any thread."""

    def __init__(
        self,
        project: Project,
        engine: HybridEngine,
        views: Iterable[str],
        place: Place,
        delivering: Deliveries,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._project, self._engine, self._place = project, engine, place
        self._builds = {name: engine.views[name].generation for name in sorted(views)}
        self._delivering, self._is_stopping = delivering, is_stopping
        self._topics = Topics.of(project)
        self._began = time.monotonic()
        self.progress = HandOverProgress("export")

    def as_json(self) -> dict[str, Any]:
        """The progress, for `rederive status`."""
        at = self.progress
        return {
            "views": list(self._builds),
            "to": self._place.value,
            "phase": at.phase,
            "rows": at.rows,
            "rows_total": at.rows_total,
            "elapsed_s": round(time.monotonic() - self._began, 1),
        }

    def run(
        self,
        schemas: Mapping[str, TableSchema],
        between_batches: Callable[[Taken], bool],
    ) -> None:
        """Called in a thread of its own. `between_batches`: has the writing thread call a function.
        Raises RebuildError where the views stay where they are, ViewError where the engine cannot
        maintain one."""
        self._await_sinks()
        folder = Path(tempfile.mkdtemp(prefix=FOLDER, dir=self._project.pipeline.state))
        try:
            with WorkerProcess(self._job(folder, schemas)) as worker:
                worker.run(self._check, self._note)
            beside = self._engine.open_beside(folder, self._place)
            try:
                self._switch(folder, beside, between_batches)
            finally:
                beside.close()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        elapsed = time.monotonic() - self._began
        how = "row by row" if self._place is Place.ROWS else "in bulk"
        log.info("views %s: maintained %s after %.1f s", ", ".join(self._builds), how, elapsed)

    def _job(self, folder: Path, schemas: Mapping[str, TableSchema]) -> Job:
        pipeline, exported = self._project.pipeline, None
        if self._place is Place.ROWS:
            exported = self._engine.export(folder, self._builds, self._check)
        views = tuple(self._view(name, build, schemas) for name, build in self._builds.items())
        limit, threads = pipeline.memory_limit, pipeline.threads
        return Job(self._place, folder, self._topics, views, schemas, exported, limit, threads)

    def _view(self, name: str, build: int, schemas: Mapping[str, TableSchema]) -> StoredView:
        definition, key = self._project.maintained_view(name), self._project.key_of(name)
        return StoredView.new(definition, schemas, key=key, generation=build)

    def _note(self, told: Told) -> None:
        self.progress = HandOverProgress(told.phase, told.rows, told.rows_total)

    def _await_sinks(self) -> None:
        """Wait until the sinks have reached the present cut. Raises RebuildError where one is away
        or far behind: nothing is built in vain, and no batch waits for it at the switch."""
        cut, deadline = self._engine.cut, time.monotonic() + SINKS_TIMEOUT_S
        while cut is not None and not self._sinks_have(cut.version):
            if time.monotonic() > deadline:
                raise RebuildError(f"{self._what}: a sink is away, or far behind.")
            self._check()
            time.sleep(PAUSE_S)

    def _sinks_have(self, version: int) -> bool:
        return all(v >= version for name in self._builds for v in self._delivering.versions(name))

    @property
    def _what(self) -> str:
        return f"Views {', '.join(self._builds)}"

    def _switch(
        self, folder: Path, beside: Engine, between_batches: Callable[[Taken], bool]
    ) -> None:
        replay = Replay(self._topics, beside, self._what, self._check)
        try:
            replay.resume()
            replay.catch_up()
            self.progress = HandOverProgress("switch")

            def taken(live: Engine, reader: Reader) -> bool:
                self._require_unchanged()
                replay.meet(live, reader)
                if not live.is_exact or not self._sinks_come_to(live.cut):
                    return False
                self._require_same(beside)
                beside.close()
                self._engine.take(folder, self._place, self._builds)
                return True

            self._until(partial(between_batches, taken), replay)
        finally:
            replay.close()

    def _until(self, is_taken: Callable[[], bool], replay: Replay) -> None:
        deadline = time.monotonic() + SWITCH_TIMEOUT_S
        while not is_taken():
            if time.monotonic() > deadline:
                raise RebuildError(f"{self._what}: a sink is too far behind to be handed over to.")
            self._await_sinks()
            replay.catch_up()

    def _sinks_come_to(self, cut: Cut | None) -> bool:
        """Whether all sinks reach the live state's cut while batches wait."""
        assert cut is not None, "the states have met"
        self._delivering.tell()
        deadline = time.monotonic() + HELD_S
        while not self._sinks_have(cut.version):
            if time.monotonic() > deadline:
                return False
            self._check()
            time.sleep(HELD_PAUSE_S)
        return True

    def _require_unchanged(self) -> None:
        """Raises RebuildError where a view has another build, or is being rebuilt."""
        views = self._engine.views
        for name, build in self._builds.items():
            view = views.get(name)
            if view is None or view.generation != build or view.failure is not None:
                raise RebuildError(f"View {name} has another build now.")
            definition, key = self._project.maintained_view(name), self._project.key_of(name)
            if next_label(name) in views or not view.is_of(definition, key):
                raise RebuildError(f"View {name} is being rebuilt.")

    def _require_same(self, beside: Engine) -> None:
        """Raises RebuildError where the new state's views differ from the live ones."""
        for name in self._builds:
            live, made = self._engine.views[name], beside.views[name]
            if made.failure is not None:
                raise RebuildError(f"View {name} cannot be maintained there: {made.failure}")
            if made.generation != live.generation:
                raise RebuildError(f"View {name} was planned again there.")
            if self._engine.is_checked:
                continue  # it is compared when both engines have it
            if (made.schema, made.rows) != (live.schema, live.rows):
                raise RebuildError(
                    f"View {name} has {made.rows} rows there and {live.rows} here, "
                    "or other columns.",
                    fix="report this: it is a fault of an engine",
                )

    def _check(self) -> None:
        if self._is_stopping():
            raise RebuildError("The hand-over was stopped.")
