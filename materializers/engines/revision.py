"""What changed definitions of the source's tables mean for each view.

    may hold NULL now       planned anew within the batch, before one of its rows is applied: the
                            input tables hold all that it reads
    another label of an     the same: rows are as they were, but sort or compare otherwise
    enum, or collation
    another type or key     it stops at its last good cut, and is built anew from offset zero where
                            its SQL can be planned against the table as it is now
    column or table gone    it stops, and is built anew once they are back or the SQL is edited

Any other change (a new column, a longer text, NOT NULL set) leaves a plan right as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from cdc.contract.schemas import TableSchema
from materializers.engines.outlook import BUILT_ANEW
from materializers.engines.planned_view import PlannedView
from materializers.engines.stored_view import StoredView
from materializers.errors import ViewError
from materializers.intake.batch import Batch
from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.plan import plan_view
from materializers.sql.relations.canonical import Canonical

View = TypeVar("View", bound=PlannedView)


@dataclass(frozen=True, slots=True)
class Replanning(Generic[View]):
    """How an engine plans a stored view. `functions`: those that it may call; `view` raises
    ViewError."""

    functions: FunctionCatalogue
    view: Callable[[StoredView], View]


@dataclass(slots=True)
class Revision(Generic[View]):
    """`stopped`: view -> why; `replanned`: view -> its next build, which the batch makes;
    `reasons`: why those are planned anew; `outdated`: views that had stopped before and may go on
    when they are."""

    stopped: dict[str, str] = field(default_factory=dict)
    replanned: dict[str, View] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    outdated: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls,
        views: Mapping[str, View],
        before: Mapping[str, TableSchema],
        batch: Batch,
        planning: Replanning[View],
    ) -> Revision[View]:
        """`before`: every table as of the last batch; `planning`: the pipeline's."""
        found = cls()
        if not (batch.schemas or batch.gone):
            return found
        kept = {table: s for table, s in before.items() if table not in batch.gone}
        schemas = {**kept, **batch.schemas}
        changed = {t for t, s in batch.schemas.items() if _is_changed(before.get(t), s)}
        for name, view in views.items():
            if view.failure is not None:
                if changed & view.needs.keys():
                    found.outdated.add(name)
            else:
                found._look_at(name, view, batch, schemas, planning)
        return found

    def _look_at(
        self,
        name: str,
        view: View,
        batch: Batch,
        schemas: Mapping[str, TableSchema],
        planning: Replanning[View],
    ) -> None:
        lost = view.lost(batch.gone, batch.cut.lsn)
        broken = lost or view.broken_by(batch.schemas)
        if broken is not None:
            self.stopped[name] = lost or f"{broken}; {_outlook(view, schemas, planning)}"
            return
        what = _what_changed(view, batch)
        if what is None:
            return
        try:
            if not view.nullable_now(batch.schemas) and _means_the_same(view, schemas, planning):
                return
            self.replanned[name] = planned_anew(view, schemas, planning)
        except ViewError as error:
            self.stopped[name] = f"{what}; {_no_plan(error)}"
            return
        self.reasons[name] = f"{what}: it is planned anew"


def _what_changed(view: View, batch: Batch) -> str | None:
    """What it is to be planned anew for; None where its plan is right as it is."""
    if columns := view.nullable_now(batch.schemas):
        return f"view {view.schema.name}: column {columns[0]} may be NULL since {batch.cut.lsn}"
    if columns := view.compared_otherwise(batch.schemas):
        what = f"the labels or the collation of {columns[0]} changed at {batch.cut.lsn}"
        return f"view {view.schema.name}: {what}"
    return None


def _means_the_same(
    view: View, schemas: Mapping[str, TableSchema], planning: Replanning[View]
) -> bool:
    """Whether its plan hangs on no label's place, and on no collation. Raises ViewError where it
    cannot be planned any more."""
    stored = view.stored
    before, now = (
        Canonical({}).text(
            plan_view(stored.definition, tables, stored.key, planning.functions).root
        )
        for tables in (stored.schemas, schemas)
    )
    return before == now


def _is_changed(before: TableSchema | None, now: TableSchema) -> bool:
    if before is None:
        return True
    return (before.columns, before.key) != (now.columns, now.key)


def planned_anew(
    view: View, schemas: Mapping[str, TableSchema], planning: Replanning[View]
) -> View:
    """The view by the tables as they are now, not built. A build that sinks have been filled from
    is another one from here on, so that they are filled anew."""
    generation = time.time_ns() // 1000 if view.is_built else view.generation
    used = {table: schemas[table] for table in view.needs}
    stored = replace(
        view.stored, generation=generation, schemas=used, is_built=False, rows=0, outbox_from=-1
    )
    return planning.view(stored)


def _outlook(view: View, schemas: Mapping[str, TableSchema], planning: Replanning[View]) -> str:
    """What becomes of a view that has stopped."""
    definition = view.stored.definition
    try:
        plan_view(definition, schemas, view.stored.key, planning.functions)
    except ViewError as error:
        return _no_plan(error)
    return BUILT_ANEW


def _no_plan(error: ViewError) -> str:
    return f"until its SQL is edited it cannot go on: {error.message}"
