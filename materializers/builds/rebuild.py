"""Rebuild: a view made again from offset zero beside the live one, then switched in one step.

It has its own state file, its own reader and its own generation in each sink, so that until the
switch nothing of the live view is touched, and a crash before it leaves only things to sweep away.

    build     read everything up to the newest cut; make the view in one vectorised pass
    load      fill a new generation in every sink
    catch up  follow the changes that came meanwhile, in the sinks too
    meet      bring the live state and the rebuilt one to the same cut (the host's own thread)
    hand over compare them, move the view into the live state in one transaction
    switch    each sink's delivery finds its generation and switches to it
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdc.contract.schemas import TableSchema
from materializers.delivery.filling import Filling
from materializers.difference import Allowance, Difference
from materializers.engines.engine import STATE_FILE, Engine, OpenEngine
from materializers.errors import RebuildError
from materializers.intake.reader import Reader
from materializers.intake.whole_topics import require_whole
from materializers.project.project import Project
from materializers.row_free import row_free_error
from materializers.view import ViewDefinition

MEET_TIMEOUT_S = 120.0
CATCH_UP_READ_S = 0.3
CATCH_UP_LAG_S = 2.0
CATCH_UP_TIMEOUT_S = 300.0

log = logging.getLogger("rederive.materialize")

REBUILD_FOLDER = "rebuild-"
"""In the state folder: what a rebuild's folder is named by, before the view's name."""

OnProgress = Callable[["RebuildProgress"], None]


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """Where a rebuild stands: `phase` as in the module's list, rows done in it, and out of how
    many (0 where unknown)."""

    view: str
    phase: str
    rows: int = 0
    rows_total: int = 0
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found: how the new rows differ from the live view's at the same cut, None
    where there was none of the same SQL; and how the rows of each sink differed from the live
    view's before the switch, or why that is not known."""

    difference: Difference | None
    sinks: Mapping[str, Difference | str]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        unlike = self.difference
        return {
            "differences": unlike.count if unlike is not None else None,
            "view_difference": unlike.as_json() if unlike is not None else None,
            "sinks": {
                name: found if isinstance(found, str) else found.as_json()
                for name, found in self.sinks.items()
            },
        }


class Rebuild:
    """One rebuild of one view. Methods are called in the order of the module's list.

    `open_engine` opens the rebuild's own state, `fill` makes the filling of the sinks from it.
    `build`, `load` and `catch_up` may run in a thread of their own; `meet` and `hand_over` run
    where nobody else applies batches to the live engine.
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
        self._reader: Reader | None = None
        self._filling = fill(self._engine)

    @property
    def path(self) -> Path:
        """The rebuilt state file."""
        return self._folder / STATE_FILE

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Everything up to the meeting; raises RebuildError where it is stopped or too slow."""
        self._build(is_stopping)
        self._load(is_stopping)
        self._catch_up(is_stopping)
        self._filling.rehearse()

    def _build(self, is_stopping: Callable[[], bool]) -> None:
        self._engine.declare(
            self.definition,
            self._schemas,
            key=self._project.key_of(self.definition.name),
            generation=self.build_id,
        )
        source = self._project.source
        self._check(is_stopping)
        require_whole(self._project.kafka, source.name, self._engine.tables_needed())
        self._check(is_stopping)
        self._reader = Reader(
            self._project.kafka,
            source.name,
            self._engine.tables_needed(),
            batch_rows_max=self._project.pipeline.batch_rows_max,
        )
        self._reader.start({}, None)
        rows = 0
        while self._engine.cut is None:
            self._check(is_stopping)
            batch = self._reader.read(CATCH_UP_READ_S)
            if batch is not None:
                self._engine.apply(batch)
                rows += batch.rows
            self._report("build", rows, self._reader.records_to_read)
        self._raise_failure()

    def _load(self, is_stopping: Callable[[], bool]) -> None:
        sinks, done = self._project.sinks_of(self.definition.name), 0
        total = self._engine.views[self.definition.name].rows * len(sinks)

        def add(rows: int) -> None:
            nonlocal done
            self._check(is_stopping)
            done += rows
            self._report("load", done, total)

        self._filling.load(sinks, add)

    def _catch_up(self, is_stopping: Callable[[], bool]) -> None:
        """Follow until a turn begins and ends close behind the source, or the time is up: what
        is left is little, and the meeting does it while the live view waits."""
        assert self._reader is not None
        deadline = time.monotonic() + CATCH_UP_TIMEOUT_S
        rows = 0
        while time.monotonic() < deadline:
            self._check(is_stopping)
            batch = self._reader.read(CATCH_UP_READ_S, after=self._engine.cut)
            if batch is None:
                return
            self._engine.apply(batch)
            self._filling.deliver()
            rows += batch.rows
            self._report("catch up", rows, 0)
            behind_s = time.time() - batch.cut.published_at_ms / 1000
            if batch.is_exact and behind_s < CATCH_UP_LAG_S:
                return

    def meet(self, live: Engine, live_reader: Reader) -> None:
        """Bring both states to the same cut, whichever is behind."""
        assert self._reader is not None
        deadline = time.monotonic() + MEET_TIMEOUT_S
        while (
            live.cut is None
            or self._engine.cut is None
            or live.cut.version != self._engine.cut.version
        ):
            if time.monotonic() > deadline:
                raise RebuildError(
                    f"View {self.definition.name}: the rebuilt state and the live one did not "
                    f"meet at a cut within {MEET_TIMEOUT_S:.0f} s.",
                    fix="run the rebuild again; the live view is untouched",
                )
            mine, theirs = self._engine.cut, live.cut
            is_live_behind = theirs is None or (mine is not None and theirs.version < mine.version)
            engine, reader = (live, live_reader) if is_live_behind else (self._engine, self._reader)
            goal = mine if is_live_behind else theirs
            batch = reader.read(1.0, after=engine.cut, upto=goal.version if goal else None)
            if batch is not None:
                engine.apply(batch)
        self._filling.deliver()
        self._raise_failure()
        self._report("meet")

    def is_comparable(self, live: Engine) -> bool:
        """Whether the live view is of the same SQL and built, and the source has not stopped it:
        its columns may have other types now."""
        kept, key = live.views.get(self.definition.name), self._project.key_of(self.definition.name)
        is_same = kept is not None and kept.is_of(self.definition, key) and kept.is_built
        return is_same and kept is not None and not kept.is_outdated

    def hand_over(self, live: Engine, allowance: Allowance) -> Difference | None:
        """Move the view into the live state; returns how it differs from the live one, None where
        they are not comparable. Raises RebuildError where it differs by more than is allowed."""
        name, is_comparable = self.definition.name, self.is_comparable(live)
        self._engine.close()
        difference = live.compare(self.path, name) if is_comparable else None
        if difference is not None and not allowance.admits(difference):
            raise RebuildError(
                f"View {name}, built anew, differs from the live one at the same cut: {difference}."
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
        """It is not switched to: what it filled in the sinks goes."""
        self._filling.discard()

    def close(self) -> None:
        """Release everything and remove the state file; safe at any point."""
        if not self._is_handed_over:
            self._log("is given up; the live view is untouched")
        self._filling.close()
        if self._reader is not None:
            self._reader.close()
        self._engine.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _log(self, said: str) -> None:
        name = self.definition.name
        log.info("view %s: rebuild %s", name, said, extra={"view": name})

    def _raise_failure(self) -> None:
        failure = self._engine.views[self.definition.name].failure
        if failure:
            before = f"View {self.definition.name} cannot be built"
            raise row_free_error(RebuildError, before, failure)

    def _check(self, is_stopping: Callable[[], bool]) -> None:
        if is_stopping():
            raise RebuildError(f"The rebuild of {self.definition.name} was stopped.")

    def _report(self, phase: str, rows: int = 0, total: int = 0) -> None:
        elapsed, total = time.monotonic() - self._began, max(rows, total) if total else 0
        self._on_progress(RebuildProgress(self.definition.name, phase, rows, total, elapsed))
