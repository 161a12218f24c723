"""A trial of one batch: the builds of views that it uses, and the views that it stops."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Generic

from cdc.contract.schemas import TableSchema
from materializers.engines.outlook import is_rebuilt
from materializers.engines.revision import Replanning, Revision, View, planned_anew
from materializers.errors import Misfit, ViewError
from materializers.intake.batch import Batch
from materializers.row_free import row_free

log = logging.getLogger("rederive.engine")


@dataclass(slots=True)
class Trial(Generic[View]):
    """`views` and `before`: views and tables as of the last batch; `cut`: the one that it ended at,
    as JSON text, empty where it was a part of the way to one. `failures`: views that the
    batch itself stops, and why; `unfit`: by table the columns that no view reads any longer and
    that a record does not fit into; `wide`: by table the columns of declared numerics that come
    to hold NaN; `outgrown`: views that are planned with wide numerics from here on, and why."""

    batch: Batch
    views: Mapping[str, View]
    before: Mapping[str, TableSchema]
    planning: Replanning[View]
    cut: str
    failures: dict[str, str] = field(default_factory=dict)
    unfit: dict[str, set[str]] = field(default_factory=dict)
    wide: dict[str, set[str]] = field(default_factory=dict)
    outgrown: dict[str, str] = field(default_factory=dict)
    revision: Revision[View] = field(init=False)

    def __post_init__(self) -> None:
        self._revise()

    def _revise(self) -> None:
        self.revision = Revision.of(self.views, self.before, self.batch, self.planning)
        for name, reason in self.outgrown.items():
            self._plan_wide(name, reason)

    def widen(self, name: str, reason: str) -> bool:
        """Try with numerics of any size in a view in which one outgrew its type; False where no
        such plan can be made of it."""
        try:
            self._plan_wide(name, reason)
        except ViewError:
            return False
        self.outgrown[name] = reason
        return True

    def _plan_wide(self, name: str, reason: str) -> None:
        if name in self.revision.stopped:
            return
        view = self.revision.replanned.get(name, self.views[name])
        wide = replace(view, stored=replace(view.stored, is_wide=True))
        self.revision.replanned[name] = planned_anew(wide, self.schemas, self.planning)
        why = f"view {view.schema.name}: {reason.partition(':')[0]}: it is planned again with"
        self.revision.reasons[name] = f"{why} numerics of any size"

    @property
    def schemas(self) -> dict[str, TableSchema]:
        """The schema of every table as of this batch."""
        left = {t: s for t, s in self.before.items() if t not in self.batch.gone}
        return {**left, **self.batch.schemas}

    @property
    def stopped(self) -> dict[str, str]:
        """The views that stop with this batch, and why."""
        return {**self.failures, **self.revision.stopped}

    @property
    def replanned(self) -> dict[str, View]:
        """The views that this batch plans and builds again."""
        return {n: v for n, v in self.revision.replanned.items() if n not in self.failures}

    def marked(self) -> dict[str, View]:
        """The views whose entry changes without being maintained: those that stop, and those that
        had stopped and can go on with another plan."""
        stopped = self.stopped
        by_source = {*self.revision.stopped, *self.revision.replanned}
        marked = {}
        for name in [*stopped, *self.revision.outdated]:
            stored = self.views[name].stored
            reason, is_outdated = stopped.get(name), name in by_source
            if reason is None:
                reason, is_outdated = stored.failure, True
            at = self.cut if stored.failure is None else stored.stopped_at
            stored = replace(stored, failure=reason, is_outdated=is_outdated, stopped_at=at)
            marked[name] = replace(self.views[name], stored=stored)
        return marked

    def log_stopped(self) -> None:
        """Log which views the batch stopped, and why. Call it after the batch was applied."""
        for name, reason in self.stopped.items():
            shown = reason if name in self.revision.stopped else row_free(reason)
            at = str(self.batch.cut.lsn)
            level = logging.WARNING if is_rebuilt(reason) else logging.ERROR
            fields = {"view": name, "cut": at}
            log.log(level, "view %s stopped at %s: %s", name, at, shown, extra=fields)

    def learn(self, misfit: Misfit) -> None:
        """Try without the views that read what does not fit. A NULL where none was to be is no
        fault: the rows may be here before the table's schema is, and the column is taken to be
        one that may hold NULL. Nor is NaN: the column is stored as wide numerics from here on,
        and the views that come upon it are planned with such."""
        if misfit.is_null:
            schema = self.schemas[misfit.table]
            schemas = {**self.batch.schemas, misfit.table: schema.with_null(misfit.column)}
            self.batch = replace(self.batch, schemas=schemas)
            self._revise()
            return
        if misfit.is_nan and misfit.column not in self.wide.get(misfit.table, ()):
            self.wide.setdefault(misfit.table, set()).add(misfit.column)
            return
        for name, view in self.views.items():
            columns = view.needs.get(misfit.table)
            is_reader = columns is not None and (not misfit.column or misfit.column in columns)
            if is_reader and view.failure is None and name not in self.stopped:
                self.failures[name] = str(misfit)
        known = self.unfit.setdefault(misfit.table, set())
        if misfit.column in known:
            raise misfit  # no view reads it any more
        known.add(misfit.column)
