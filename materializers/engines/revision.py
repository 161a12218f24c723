"""What changes of the source's tables mean for each view that reads them.

    a column becomes        the view is planned again and backfilled from the input tables within
    nullable                the batch, before one of its rows is applied
    an enum's labels, a     the same: the values are unchanged but compare differently
    collation
    a type, a primary key   the view stops at its last good cut, and is rebuilt from offset zero if
                            its SQL can be planned against the new table
    a column or table is    the view stops, and is rebuilt once it is back or the SQL is edited
    dropped

Any other change (a new column, a longer text, NOT NULL set) does not affect a plan.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from cdc.contract.schemas import TableSchema
from materializers.engines.outlook import REBUILT
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
    """How an engine plans a stored view. `functions`: those that it may call; `view`: plans it,
    raises ViewError."""

    functions: FunctionCatalogue
    view: Callable[[StoredView], View]


@dataclass(slots=True)
class Revision(Generic[View]):
    """`stopped`: view -> why; `replanned`: view -> its new build, which the batch makes; `reasons`:
    view -> why it is planned again; `outdated`: stopped views that a new plan may let go on."""

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
        """Compare a batch's schemas with `before`, those of the last batch."""
        revision = cls()
        if not (batch.schemas or batch.gone):
            return revision
        left = {table: s for table, s in before.items() if table not in batch.gone}
        schemas = {**left, **batch.schemas}
        changed = {t for t, s in batch.schemas.items() if _is_changed(before.get(t), s)}
        for name, view in views.items():
            if view.failure is not None:
                if changed & view.needs.keys():
                    revision.outdated.add(name)
            else:
                revision._revise(name, view, batch, schemas, planning)
        return revision

    def _revise(
        self,
        name: str,
        view: View,
        batch: Batch,
        schemas: Mapping[str, TableSchema],
        planning: Replanning[View],
    ) -> None:
        lost = view.lost(batch.gone, str(batch.cut.lsn))
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
        self.reasons[name] = f"{what}: it is planned again"


def _what_changed(view: View, batch: Batch) -> str | None:
    """Why the view must be planned again; None where its plan is still right."""
    if columns := view.nullable_now(batch.schemas):
        return f"view {view.schema.name}: column {columns[0]} may be NULL since {batch.cut.lsn}"
    if columns := view.compared_otherwise(batch.schemas):
        what = f"the labels or the collation of {columns[0]} changed at {batch.cut.lsn}"
        return f"view {view.schema.name}: {what}"
    return None


def _means_the_same(
    view: View, schemas: Mapping[str, TableSchema], planning: Replanning[View]
) -> bool:
    """Whether its plan depends on neither the changed labels nor the collation. Raises ViewError
    where it can no longer be planned."""
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
    """The view planned against the present tables, not built. If it was built before, it gets a new
    build number, so that sinks are filled again."""
    generation = time.time_ns() // 1000 if view.is_built else view.generation
    used = {table: schemas[table] for table in view.needs}
    stored = replace(
        view.stored, generation=generation, schemas=used, is_built=False, rows=0, outbox_from=-1
    )
    return planning.view(stored)


def _outlook(view: View, schemas: Mapping[str, TableSchema], planning: Replanning[View]) -> str:
    """The end of a failure message: whether the view is rebuilt by itself."""
    definition = view.stored.definition
    try:
        plan_view(definition, schemas, view.stored.key, planning.functions)
    except ViewError as error:
        return _no_plan(error)
    return REBUILT


def _no_plan(error: ViewError) -> str:
    return f"until its SQL is edited it cannot go on: {error.message}"
