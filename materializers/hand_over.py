"""Hand-over: views pass from one engine to the other at a cut, while changes go on.

They are built again from offset zero in a state of their own (`builds/replay.py`), of the new
engine's kind. When this state has met the live one at a cut, and has every change that a sink still
lacks, the engine adopts it between two batches. Nothing changes for sinks: the build and its rows
are the same.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterable, Mapping

from cdc.contract.schemas import TableSchema
from materializers.builds.replay import Replay
from materializers.engines.engine import Engine
from materializers.engines.hybrid.difference import difference
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.hybrid.groups import Place
from materializers.engines.label import next_label
from materializers.errors import RebuildError
from materializers.intake.reader import Reader
from materializers.project.project import Project

FOLDER = "hand-over"
SINKS_TIMEOUT_S, SWITCH_TIMEOUT_S = 10.0, 60.0
PAUSE_S = 0.2

Taken = Callable[[Engine, Reader], bool]
"""Adopts the views if all is ready; called with the live engine and reader, where nothing else
applies batches."""

log = logging.getLogger("rederive.materialize")


class HandOver:
    """Moves views that share tables to the engine `place`. `versions`: for a view, the version of
    each sink that has its rows."""

    def __init__(
        self,
        project: Project,
        engine: HybridEngine,
        views: Iterable[str],
        place: Place,
        versions: Callable[[str], Iterable[int]],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._project, self._engine, self._place = project, engine, place
        self._builds = {name: engine.views[name].generation for name in sorted(views)}
        self._versions, self._is_stopping = versions, is_stopping
        self._folder = project.pipeline.state / FOLDER
        self._began = time.monotonic()

    def run(
        self,
        schemas: Mapping[str, TableSchema],
        between_batches: Callable[[Taken], bool],
    ) -> None:
        """Called in a thread of its own. `between_batches`: has the writing thread call a function.
        Raises RebuildError where the views stay where they are, ViewError where the engine cannot
        maintain one."""
        self._await_sinks()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        beside = self._engine.open_beside(self._folder, self._place)
        try:
            for name, build in self._builds.items():
                definition, key = self._project.kept_view(name), self._project.key_of(name)
                beside.declare(definition, schemas, key=key, generation=build)
            replay = Replay(self._project, beside, self._what, self._check)
            try:
                replay.build()
                self._switch(replay, beside, between_batches)
            finally:
                replay.close()
        finally:
            beside.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _await_sinks(self) -> None:
        """Nothing is read in vain: a sink that is away would lack changes of before. Raises
        RebuildError where one does not come up to the present cut."""
        cut, deadline = self._engine.cut, time.monotonic() + SINKS_TIMEOUT_S
        while cut is not None and any(
            version < cut.version for name in self._builds for version in self._versions(name)
        ):
            if time.monotonic() > deadline:
                raise RebuildError(f"{self._what}: a sink is away, or far behind.")
            self._check()
            time.sleep(PAUSE_S)

    @property
    def _what(self) -> str:
        return f"Views {', '.join(self._builds)}"

    def _switch(
        self,
        replay: Replay,
        beside: Engine,
        between_batches: Callable[[Taken], bool],
    ) -> None:
        deadline = time.monotonic() + SWITCH_TIMEOUT_S
        replay.catch_up()

        def taken(live: Engine, reader: Reader) -> bool:
            self._require_unchanged()
            replay.meet(live, reader)
            if not live.is_exact or not self._has_all(beside):
                return False
            self._require_same(beside)
            beside.close()
            self._engine.take(self._folder, self._place, self._builds)
            return True

        while not between_batches(taken):
            if time.monotonic() > deadline:
                raise RebuildError(f"{self._what}: a sink is too far behind to be handed over to.")
            self._check()
            time.sleep(PAUSE_S)
            replay.catch_up()
        elapsed = time.monotonic() - self._began
        kept = "row by row" if self._place is Place.ROWS else "in bulk"
        log.info("views %s: kept %s after %.1f s", ", ".join(self._builds), kept, elapsed)

    def _has_all(self, beside: Engine) -> bool:
        """Whether the new state has every change that a sink still lacks."""
        return all(
            beside.has_since(name, version)
            for name in self._builds
            for version in self._versions(name)
        )

    def _require_unchanged(self) -> None:
        """Raises RebuildError where a view has another build, or is being rebuilt."""
        views = self._engine.views
        for name, build in self._builds.items():
            kept = views.get(name)
            if kept is None or kept.generation != build or kept.failure is not None:
                raise RebuildError(f"View {name} has another build now.")
            definition, key = self._project.kept_view(name), self._project.key_of(name)
            if next_label(name) in views or not kept.is_of(definition, key):
                raise RebuildError(f"View {name} is being rebuilt.")

    def _require_same(self, beside: Engine) -> None:
        """Raises RebuildError where the new state's views differ from the live ones."""
        for name in self._builds:
            live, made = self._engine.views[name], beside.views[name]
            if made.failure is not None:
                raise RebuildError(f"View {name} cannot be maintained there: {made.failure}")
            if (made.schema, made.rows) != (live.schema, live.rows):
                raise RebuildError(
                    f"View {name} has {made.rows} rows there and {live.rows} here, "
                    "or other columns.",
                    fix="report this: it is a fault of an engine",
                )
            if self._project.pipeline.check_engines:
                found = difference(self._engine, beside, name)
                if found.count:
                    raise RebuildError(
                        f"View {name} has other rows in the other engine: {found}.",
                        fix="report this: it is a fault of an engine",
                    )

    def _check(self) -> None:
        if self._is_stopping():
            raise RebuildError("The hand-over was stopped.")
