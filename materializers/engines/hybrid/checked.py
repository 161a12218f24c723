"""Both engines maintain the views, and their changes are compared at every cut (`check_engines`).

A view that is handed over stays in the engine that had it, too. After each batch the changes of
such a view are read from both engines; the row engine's are delivered once they are equal. All rows
are compared after a hand-over, after a start, and where the changes are no longer stored.

A view in which the engines differ stops: sinks stay at a cut at which they agreed. Nothing is
stored of it: after a restart the rows differ still. A rebuild makes the view anew in one engine.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from materializers.difference import Difference
from materializers.engines.applied import Applied
from materializers.engines.engine_view import EngineView
from materializers.engines.hybrid.difference import difference, difference_of_steps
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.hybrid.groups import Group, Place, connected
from materializers.engines.planned_view import PlannedView
from materializers.engines.view_reader import Also
from materializers.engines.whole_view import WholeView
from materializers.errors import StateError, ViewError
from materializers.intake.batch import Batch
from materializers.step import Step

TIMEOUT_S = 600.0
"""The longest wait of a full read for the comparison at its cut."""

log = logging.getLogger("rederive.engine")

Builds = tuple[int, int]
"""The numbers of a view's builds in DuckDB and in the row engine."""


class CheckedEngine(HybridEngine):
    """As `HybridEngine`. A view that both engines have is in neither's groups: it stays."""

    is_checked = True

    def __init__(self, *engines: Any) -> None:
        """See `HybridEngine`."""
        self._agreed: dict[str, tuple[Builds, int]] = {}
        self._unlike: dict[str, tuple[Builds, str]] = {}
        self._compared, self._is_closed = threading.Condition(threading.RLock()), False
        super().__init__(*engines)
        self._compare()

    def _reconcile(self) -> None:
        """Of two builds of a view remove the earlier one."""
        for label in self._doubled():
            mine, its = self._builds(label)
            if mine != its:
                older = self.bulk if mine < its else self.rows
                log.info("view %s: what is left of its former build is removed", label)
                older.forget(label)

    def _doubled(self) -> set[str]:
        """The labels of the views that both engines have."""
        return self.bulk.views.keys() & self.rows.views.keys()

    def _builds(self, label: str) -> Builds:
        return self.bulk.views[label].generation, self.rows.views[label].generation

    def groups(self) -> list[Group]:
        """The views that one of the engines lacks, in groups that share tables."""
        doubled = self._doubled()
        return [
            Group(place, views)
            for place, engine in ((Place.BULK, self.bulk), (Place.ROWS, self.rows))
            for views in connected(
                {name: v.needs for name, v in engine.views.items() if name not in doubled}
            )
        ]

    def take(self, folder: Path, place: Place, views: Collection[str]) -> None:
        """Add the views to that engine; both have them from then on. See `HybridEngine.take`."""
        with self._compared:
            self._adopt(folder, place, views)
            self._compare()

    def close(self) -> None:
        """Release both."""
        with self._compared:
            self._is_closed = True
            self._compared.notify_all()
        super().close()

    # ------------------------------------------------------------------ comparing

    def apply(self, batch: Batch) -> Applied:
        """See `Engine.apply`. `failures` has the views in which the engines differ, too."""
        with self._compared:
            applied = super().apply(batch)
            return replace(applied, failures={**applied.failures, **self._compare()})

    def _compare(self) -> dict[str, str]:
        """Compare what is due; returns the views that stop, and why."""
        with self._compared:
            stopped = self._stopped_now()
            self._compared.notify_all()
            return stopped

    def _stopped_now(self) -> dict[str, str]:
        stopped: dict[str, str] = {}
        cuts = [engine.cut for engine in (self.bulk, self.rows) if engine.is_exact]
        here, there = cuts if len(cuts) == 2 else (None, None)
        if here is None or there is None or here.version != there.version:
            return stopped  # one is behind, or between two cuts
        for label in sorted(self._doubled()):
            builds = self._builds(label)
            if self._unlike_as_of(label, builds) is not None:
                continue
            if reason := self._unlike_now(label, builds):
                fix = f"report this, it is a fault of an engine; then `rederive rebuild {label}`"
                reason = f"DuckDB and the row engine differ at {here.lsn}: {reason}. Fix: {fix}"
                stopped[label] = reason
                self._unlike = {**self._unlike, label: (builds, stopped[label])}
                told = "DuckDB and the row engine have other rows (see `rederive status`)"
                fields = {"view": label, "cut": str(here.lsn)}
                log.error("view %s stopped at %s: %s", label, here.lsn, told, extra=fields)
            else:
                self._agreed[label] = builds, here.version
        return stopped

    def _unlike_now(self, label: str, builds: Builds) -> str:
        """How the engines differ in a view; empty where they do not."""
        bulk, rows = self.bulk.views[label], self.rows.views[label]
        if bulk.failure is not None or rows.failure is not None:
            alone = bulk.failure if rows.failure is None else rows.failure
            where = "DuckDB" if rows.failure is None else "the row engine"
            is_alone = bulk.failure is None or rows.failure is None
            return f"it stopped in {where} alone: {alone}" if is_alone else ""
        if bulk.schema != rows.schema:
            return "they have other columns"
        unlike = self._changes_unlike(label, builds)
        if unlike is None or (not unlike.count and bulk.rows != rows.rows):
            unlike = difference(self.bulk, self.rows, label)
        return f"{unlike}" if unlike.count else ""

    def _changes_unlike(self, label: str, builds: Builds) -> Difference | None:
        """How the changes since the last comparison differ; None where they are not known."""
        agreed, version = self._agreed.get(label, (None, -1))
        engines = self.bulk, self.rows
        if agreed != builds or not all(e.has_since(label, version) for e in engines):
            return None
        mine, its = (engine.step(label, version) for engine in engines)
        if mine is None or its is None:
            return Difference(0) if mine is its else None
        return difference_of_steps(mine, its, self.rows.views[label].schema)

    def _unlike_as_of(self, label: str, builds: Builds) -> str | None:
        known = self._unlike.get(label)
        return known[1] if known is not None and known[0] == builds else None

    # ------------------------------------------------------------------ reading

    @property
    def views(self) -> Mapping[str, EngineView]:
        """By label; a view in which the engines differ has stopped."""
        views = dict(super().views)
        for label in self._unlike.keys() & views.keys():
            reason, view = self._reason(label), views[label]
            if reason is not None and isinstance(view, PlannedView):
                views[label] = replace(view, stored=replace(view.stored, failure=reason))
        return views

    def _reason(self, label: str) -> str | None:
        """Why the view stopped, if the engines differ in it."""
        bulk, rows = self.bulk.views.get(label), self.rows.views.get(label)
        if bulk is None or rows is None:
            return None
        return self._unlike_as_of(label, (bulk.generation, rows.generation))

    def _is_agreed(self, label: str, version: int) -> bool:
        """Whether the view's rows at that version are compared, or only one engine has them."""
        bulk, rows = self.bulk.views.get(label), self.rows.views.get(label)
        if bulk is None or rows is None or (bulk.failure and rows.failure):
            return True
        builds, agreed = self._agreed.get(label, (None, -1))
        return builds == (bulk.generation, rows.generation) and agreed >= version

    def _shown(self, label: str, step: Step | None) -> Step | None:
        """The step, if both engines have the same changes; waits while they are compared."""
        with self._compared:
            if step is None or self._reason(label) or not self._is_agreed(label, step.version):
                return None
            return step

    def step(
        self, view: str, after: int, build: int | None = None, *, upto: Step | None = None
    ) -> Step | None:
        """See `ViewReader.step`; None also while the engines differ, or one is behind."""
        return self._shown(view, super().step(view, after, build, upto=upto))

    def again(self, view: str, after: int, build: int, also: Also) -> Step | None:
        """See `ViewReader.again`; None also while the engines differ, or one is behind."""
        return self._shown(view, super().again(view, after, build, also))

    def full(self, view: str, build: int | None = None) -> Step:
        """See `ViewReader.full`. Raises ViewError where the engines differ."""
        step = super().full(view, build)
        try:
            self._require_agreed(view, step.version, TIMEOUT_S)
        except BaseException:
            for _ in step.upserts:
                break  # a stream that has begun is closed with its last reference
            raise
        return step

    def whole(self, view: str, timeout_s: float) -> WholeView:
        """See `ViewReader.whole`. Raises ViewError where the engines differ."""
        whole = super().whole(view, timeout_s)
        try:
            self._require_agreed(view, whole.cut.version, timeout_s)
        except BaseException:
            whole.close()
            raise
        return whole

    def _require_agreed(self, label: str, version: int, timeout_s: float) -> None:
        def is_known() -> bool:
            is_over = self._is_closed or self._reason(label) is not None
            return is_over or self._is_agreed(label, version)

        with self._compared:
            is_in_time = self._compared.wait_for(is_known, timeout_s)
            if reason := self._reason(label):
                raise ViewError(reason)
            if not is_in_time or self._is_closed:
                raise StateError(f"View {label}: the engines were not compared in time.")

    def explain(self, view: str) -> dict[str, Any]:
        """See `HybridEngine.explain`; `compared`: whether both engines have it."""
        explained = super().explain(view)
        reason = self._reason(view) or explained["failure"]
        return {**explained, "failure": reason, "compared": view in self._doubled()}
