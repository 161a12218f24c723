"""Edits: applies changes of the view files, and of the source's tables, while the pipeline runs.

Edited files are applied once all of them can be read; until then everything stays as it was. A view
whose new SQL fails keeps the old one: after a fault of the SQL until the files or a table change,
after any other error until a retry, ever less often. A view that stopped because the source changed
a table is rebuilt in the same way, by the same SQL.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cdc.errors import ConfigError, RederiveError
from cdc.unexpected import as_rederive_error
from materializers.builds.succession import Host, Refused, Succession
from materializers.project.project import Project, no_view, with_views
from materializers.project.watch import Watch
from materializers.view import ViewDefinition

LOOK_INTERVAL_S = 0.5
RETRY_FIRST_S = 5.0
RETRY_MAX_S = 300.0

log = logging.getLogger("rederive.materialize")


@dataclass(slots=True)
class _Fault:
    """Why a view does not follow its files. `due`: when to retry; None: once files or tables
    change. `is_told`: False where the view's own error says it already."""

    error: str
    fix: str
    pause_s: float
    due: float | None
    is_told: bool


class Edits:
    """Called by the writing thread; long work runs in a thread of its own, one view at a time.
    `take`: makes the edited project the host's; `forget_removed`: removes the state of views that
    the project no longer has."""

    def __init__(
        self, host: Host, take: Callable[[Project], None], forget_removed: Callable[[], None]
    ) -> None:
        self._host, self._take, self._forget_removed = host, take, forget_removed
        pipeline = host.project.pipeline
        self._watch = Watch(host.project.folder, pipeline.views)
        self._faults: dict[str, _Fault] = {}
        self._unread: list[RederiveError] = []
        self._tables = host.engine.schemas
        self._worker: threading.Thread | None = None
        self._due = 0.0
        self._is_reading = False

    def turn(self) -> None:
        """Look at the files and start what is due; returns at once."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + LOOK_INTERVAL_S
        self._is_reading = True
        if self._watch.is_changed():
            self._read()
        self._is_reading = False
        if self._host.engine.schemas != self._tables:
            self._tables = self._host.engine.schemas
            self._faults = {n: f for n, f in self._faults.items() if f.due is not None}
        if self._worker is None or not self._worker.is_alive():
            self._begin_next()

    def as_json(self) -> list[dict[str, Any]]:
        """What is wrong, for `rederive status`. `view` is None for a fault of the files as such."""
        wrong = [(None, error.message, error.fix) for error in self._unread]
        shown = [(view, fault) for view, fault in list(self._faults.items()) if fault.is_told]
        faults = [(view, fault.error, fault.fix) for view, fault in shown]
        return [{"view": v, "error": e, "fix": f} for v, e, f in [*wrong, *faults]]

    def are_at(self, view: str) -> bool:
        """Whether the view is being built again, or will be without another change of files or
        tables; where files are being edited, that is not known yet."""
        if self._is_reading or self._watch.has_more():
            return True
        definition = next((v for v in self._host.project.maintained_views if v.name == view), None)
        if definition is None or not self._is_behind(definition):
            return False
        fault = self._faults.get(view)
        return fault is None or fault.due is not None

    def join(self, timeout_s: float) -> None:
        """Wait for the running work to end after `stopping` is set."""
        if self._worker is not None:
            self._worker.join(timeout_s)

    def _read(self) -> None:
        try:
            project = with_views(self._host.project)
            if not project.views:
                raise no_view(", ".join(project.pipeline.views))
        except RederiveError as error:
            self._unread = [*error.problems] if isinstance(error, ConfigError) else [error]
            for problem in self._unread:
                log.error("the edited files are not applied, all goes on as before: %s", problem)
            return
        if self._unread:
            log.info("the edited files can be applied again")
        self._unread, self._faults = [], {}
        for warning in project.warnings:
            log.warning("%s", warning)
        self._take(project)

    def _begin_next(self) -> None:
        for definition in self._host.project.maintained_views:
            if not self._is_behind(definition):
                self._faults.pop(definition.name, None)
            elif self._is_due(definition.name):
                self._worker = threading.Thread(
                    target=self._follow, args=(definition,), name="edit", daemon=True
                )
                self._worker.start()
                return
        # last, because a renamed view may be built from the tables of its former name
        self._forget_removed()

    def _is_due(self, view: str) -> bool:
        fault = self._faults.get(view)
        return fault is None or (fault.due is not None and fault.due <= time.monotonic())

    def _is_behind(self, definition: ViewDefinition) -> bool:
        project, stored = self._host.project, self._host.engine.views.get(definition.name)
        if stored is None or stored.is_outdated:
            return True
        if not stored.is_of(definition, project.key_of(definition.name)):
            return True
        wanted = {sink.name: sink.terms for sink in project.sinks_of(definition.name)}
        present = {n: d.definition.terms for n, d in self._host.deliveries.items() if n in wanted}
        return present != wanted

    def _follow(self, definition: ViewDefinition) -> None:
        """In a thread of its own: records every error, and logs it once."""
        name = definition.name
        try:
            Succession(self._host, definition).run()
        except RederiveError as error:
            is_wanted = definition in self._host.project.maintained_views
            if is_wanted and not self._host.stopping.is_set():
                self._blame(name, error)
        except Exception as error:
            if not self._host.stopping.is_set():
                self._blame(name, as_rederive_error(error))

    def _blame(self, name: str, error: RederiveError) -> None:
        before = self._faults.get(name)
        pause_s = RETRY_FIRST_S if before is None else min(2 * before.pause_s, RETRY_MAX_S)
        due = None if isinstance(error, Refused) else time.monotonic() + pause_s
        is_told = due is not None or not self._is_stopped_by_source(name)
        self._faults[name] = _Fault(error.message, error.fix, pause_s, due, is_told)
        if is_told and (before is None or before.error != error.message):
            again = "when the file changes" if due is None else f"in {pause_s:.0f} s"
            fix = f" Fix: {error.fix}" if error.fix else ""
            log.error(
                "view %s goes on as before, tried again %s: %s%s", name, again, error.logged, fix,
                extra={"view": name, "event": "trouble"},
            )  # fmt: skip

    def _is_stopped_by_source(self, name: str) -> bool:
        """Whether the source stopped the view, and it was not edited since: then the view's own
        error says so."""
        project, stored = self._host.project, self._host.engine.views.get(name)
        definition = next((view for view in project.maintained_views if view.name == name), None)
        if stored is None or definition is None or not stored.is_outdated:
            return False
        return stored.is_of(definition, project.key_of(name))
