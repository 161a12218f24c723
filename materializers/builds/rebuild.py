"""Rebuild: makes a view again from offset zero beside the live one, then switches in one step.

It has its own state file, its own reader and its own generation in each sink. So the live view is
untouched until the switch, and a crash before it leaves only files and generations to remove.

    build      read everything up to the newest cut, and make the view in one pass (replay.py)
    load       fill a new generation in every sink
    catch up   follow newer changes, in the sinks too
    meet       bring the live state and the rebuilt one to one cut (in the host's writing thread)
    hand over  compare the two, and move the view into the live state in one transaction
    switch     each sink's delivery finds its new generation and switches to it
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cdc.contract.schemas import TableSchema
from materializers.builds.replay import Replay, Topics
from materializers.delivery.filling import Filling
from materializers.difference import Allowance, Difference
from materializers.engines.engine import STATE_FILE, Engine, OpenEngine
from materializers.errors import RebuildError
from materializers.intake.reader import Reader
from materializers.project.project import Project
from materializers.row_free import row_free_error
from materializers.view import ViewDefinition

log = logging.getLogger("rederive.materialize")

REBUILD_FOLDER = "rebuild-"
"""Prefix of a rebuild's folder inside the state folder, before the view's name."""

OnProgress = Callable[["RebuildProgress"], None]


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """A rebuild's progress. `phase`: as in the module's list; `rows` of `rows_total` are done in
    it (0 where unknown)."""

    view: str
    phase: str
    rows: int = 0
    rows_total: int = 0
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The result of a rebuild. `difference`: of the new rows from the live view's at the same cut,
    None where no build of the same SQL was live. `sinks`: how each sink's rows differed from the
    live view's before the switch, or why that is not known."""

    difference: Difference | None
    sinks: Mapping[str, Difference | str]

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        unlike = self.difference
        return {
            "differences": unlike.count if unlike is not None else None,
            "view_difference": unlike.as_json() if unlike is not None else None,
            "sinks": {
                name: each if isinstance(each, str) else each.as_json()
                for name, each in self.sinks.items()
            },
        }


class Rebuild:
    """One rebuild of one view. Methods are called in the order of the module's list.

    `open_engine` opens the rebuild's own state; `fill` makes the filling of the sinks from it.
    `run` may have a thread of its own; `meet` and `hand_over` run where nobody else applies batches
    to the live engine.
    """

    def __init__(
        self,
        project: Project,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        open_engine: OpenEngine,
        fill: Callable[[Engine], Filling],
        on_progress: OnProgress,
    ) -> None:
        self.definition = definition
        self.build_id = time.time_ns() // 1000
        self._project, self._schemas = project, schemas
        self._on_progress = on_progress
        self._began = time.monotonic()
        self._folder = project.pipeline.state / f"{REBUILD_FOLDER}{definition.name}"
        self._is_handed_over = False
        self._log("from offset zero begins")
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._engine = open_engine(self.path)
        self._replay: Replay | None = None
        self._is_stopping: Callable[[], bool] = lambda: False
        self._filling = fill(self._engine)

    @property
    def path(self) -> Path:
        """The rebuilt state file."""
        return self._folder / STATE_FILE

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """All phases before `meet`. Raises RebuildError where it is stopped or too slow."""
        self._is_stopping = is_stopping
        self._build()
        self._load()
        self._catch_up()
        self._filling.rehearse()

    def _build(self) -> None:
        self._engine.declare(
            self.definition,
            self._schemas,
            key=self._project.key_of(self.definition.name),
            generation=self.build_id,
        )
        name = self.definition.name
        self._replay = Replay(Topics.of(self._project), self._engine, f"View {name}", self._check)
        self._replay.build(partial(self._report, "build"))
        self._raise_failure()

    def _load(self) -> None:
        sinks, done = self._project.sinks_of(self.definition.name), 0
        total = self._engine.views[self.definition.name].rows * len(sinks)

        def add(rows: int) -> None:
            nonlocal done
            self._check()
            done += rows
            self._report("load", done, total)

        self._filling.load(sinks, add)

    def _catch_up(self) -> None:
        assert self._replay is not None

        def applied(rows: int) -> None:
            self._filling.deliver()
            self._report("catch up", rows, 0)

        self._replay.catch_up(applied)

    def meet(self, live: Engine, live_reader: Reader) -> None:
        """Bring both states to the same cut. Raises RebuildError where that takes too long."""
        assert self._replay is not None
        self._replay.meet(live, live_reader)
        self._filling.deliver()
        self._raise_failure()
        self._report("meet")

    def is_comparable(self, live: Engine) -> bool:
        """Whether the live view is built from the same SQL and not stopped by a change of the
        source, after which its columns may have other types."""
        live_view = live.views.get(self.definition.name)
        key = self._project.key_of(self.definition.name)
        if live_view is None or not live_view.is_of(self.definition, key):
            return False
        return live_view.is_built and not live_view.is_outdated

    def hand_over(self, live: Engine, allowance: Allowance) -> Difference | None:
        """Move the view into the live state. Returns its difference from the live one, None where
        not comparable. Raises RebuildError where more rows differ than allowed."""
        name, is_comparable = self.definition.name, self.is_comparable(live)
        self._engine.close()
        difference = live.compare(self.path, name) if is_comparable else None
        if difference is not None and not allowance.admits(difference):
            raise RebuildError(
                f"View {name}, rebuilt, differs from the live one at the same cut: {difference}."
                " It was not switched to.",
                fix="see that the topics hold all of the source's rows; where the new rows are "
                f"right: `rederive rebuild {name} --allow-difference {difference.count}`",
            )
        live.adopt(self.path, name)
        self._is_handed_over = True
        unlike = "" if difference is None else f", {difference.count} rows unlike the live state's"
        self._log(f"ends after {time.monotonic() - self._began:.1f} s{unlike}")
        self._report("switch")
        return difference

    def discard(self) -> None:
        """Drop what was filled in the sinks, as there is no switch."""
        self._filling.discard()

    def close(self) -> None:
        """Release everything and remove the state file; safe at any point."""
        if not self._is_handed_over:
            self._log("is given up; the live view is untouched")
        self._filling.close()
        if self._replay is not None:
            self._replay.close()
        self._engine.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _log(self, event: str) -> None:
        name = self.definition.name
        log.info("view %s: rebuild %s", name, event, extra={"view": name})

    def _raise_failure(self) -> None:
        failure = self._engine.views[self.definition.name].failure
        if failure:
            before = f"View {self.definition.name} cannot be built"
            raise row_free_error(RebuildError, before, failure)

    def _check(self) -> None:
        if self._is_stopping():
            raise RebuildError(f"The rebuild of {self.definition.name} was stopped.")

    def _report(self, phase: str, rows: int = 0, total: int = 0) -> None:
        elapsed, total = time.monotonic() - self._began, max(rows, total) if total else 0
        self._on_progress(RebuildProgress(self.definition.name, phase, rows, total, elapsed))
