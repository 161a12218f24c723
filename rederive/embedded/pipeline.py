"""A pipeline in a thread of this process, whose views can be read at a cut."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from cdc.errors import RederiveError
from cdc.position import Lsn
from materializers import process
from materializers.engines.engine_view import EngineView
from materializers.errors import StateError, ViewError
from materializers.pipeline import Pipeline
from materializers.project.project import Project
from rederive.embedded.rows import Rows
from rederive.embedded.running import POLL_S, Running
from rederive.waiting import NotVisible, await_readers, position_of

TIMEOUT_S = 30.0


class RunningPipeline(Running):
    """Keeps the project's views and sinks up to date; see `pipeline`."""

    command = "materialize"

    def __init__(self, project: Project | Path | str, *, take_over: bool = False) -> None:
        super().__init__(project)
        self._take_over = take_over
        self._pipeline: Pipeline | None = None
        self._waits_for = ""

    def rows(self, view: str, *, timeout_s: float = TIMEOUT_S) -> Rows:
        """The view's rows at the newest cut. The view need not have a sink.

        Waits up to `timeout_s` while the pipeline starts or the view is filled for the first time.
        Raises ViewError where there is no such view or an error has stopped it, StateError where
        there are no rows in time, and what ended the pipeline if it has ended."""
        deadline = time.monotonic() + timeout_s
        pipeline = self._opened(deadline)
        while True:
            stored = self._stored(pipeline, view, deadline)
            remaining_s = max(0.0, deadline - time.monotonic())
            try:
                return Rows(pipeline.engine.whole(stored.name, min(POLL_S, remaining_s)))
            except StateError:  # no exact cut yet, or another build just now
                self._require_work()
                if time.monotonic() >= deadline:
                    raise

    def wait(self, view: str, *, lsn: Lsn | str | None = None, timeout_s: float = TIMEOUT_S) -> Lsn:
        """Return once `rows`, and readers of every sink of the view, show everything committed
        before `lsn`, by default everything committed at the call. Returns that position.

        Raises NotVisible after `timeout_s`, with the reason; ViewError where there is no such view;
        SourceError and ContractError as `rederive.wait` does; and what ended the pipeline if it has
        ended."""
        try:
            return self._waited(view, lsn, timeout_s)
        except StateError as error:
            self.check()  # if it has not ended, it has no rows yet
            raise NotVisible(error.message, fix=error.fix, behind=()) from error

    def _waited(self, view: str, lsn: Lsn | str | None, timeout_s: float) -> Lsn:
        deadline = time.monotonic() + timeout_s
        pipeline = self._opened(deadline)
        name = pipeline.known_view(view).name
        position = position_of(pipeline.project, lsn, deadline)
        if pipeline.project.sinks_of(name):
            await_readers(
                pipeline.project, name, position,
                timeout_s=timeout_s, deadline=deadline, require=self._require_work,
            )  # fmt: skip
        while not self._shows(pipeline, name, position, deadline):
            if time.monotonic() >= deadline:
                raise NotVisible(
                    f"View {name}: its rows are not at {position} yet, after {timeout_s:g} s.",
                    fix="wait for longer; `rederive status` says what is amiss",
                    behind=(),
                )
            time.sleep(POLL_S)
        return position

    # ------------------------------------------------------------------ the thread

    def _work(self, stop: threading.Event) -> None:
        process.run(
            self.project, stop, take_over=self._take_over,
            on_open=self._open, on_waiting=self._note_waiting,
        )  # fmt: skip

    def _open(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def _note_waiting(self, doing: str) -> None:
        self._waits_for = doing

    def _is_begun(self) -> bool:
        return self._pipeline is not None or self._waits_for != ""

    # ------------------------------------------------------------------ reading threads

    def _opened(self, deadline: float) -> Pipeline:
        """The pipeline, once it is open."""
        while True:
            self._require_work()
            if self._pipeline is not None:
                return self._pipeline
            if time.monotonic() >= deadline:
                why = self._waits_for or "it opens the state."
                raise StateError(f"The pipeline is not open yet: {why}")
            time.sleep(POLL_S)

    def _require_work(self) -> None:
        self.check()
        if not self.is_running:
            fix = "ask between its start and its stop"
            raise RederiveError("The pipeline is not at work.", fix=fix)

    def _stored(self, pipeline: Pipeline, view: str, deadline: float) -> EngineView:
        """The engine's view; waits for one just added to the project."""
        while (stored := pipeline.engine.views.get(pipeline.known_view(view).name)) is None:
            self._require_work()
            if time.monotonic() >= deadline:
                raise StateError(f"View {view} is not built yet.", fix="see `rederive status`")
            time.sleep(POLL_S)
        if stored.failure is not None:
            raise ViewError(stored.failure)
        return stored

    def _shows(self, pipeline: Pipeline, view: str, position: Lsn, deadline: float) -> bool:
        stored = self._stored(pipeline, view, deadline)
        newest, cut = pipeline.newest(), pipeline.engine.cut
        if newest is None or cut is None or not stored.is_built:
            return False
        return pipeline.engine.is_exact and cut.version >= newest.version_of(position)


def pipeline(project: Project | Path | str, *, take_over: bool = False) -> RunningPipeline:
    """`rederive materialize` in a thread, begun by `with` or `start()`.

    `take_over`: take the sinks from the pipeline that writes them. Raises ConfigError where the
    project has faults. The start raises StateError where another process holds the state, ViewError
    where a view's SQL is refused."""
    return RunningPipeline(project, take_over=take_over)
