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
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cdc.contract.schemas import TableSchema
from materializers.engines.duckdb.kept_view import KeptView
from materializers.engines.duckdb.plan import Planning
from materializers.engines.outlook import BUILT_ANEW
from materializers.errors import ViewError
from materializers.intake.batch import Batch
from materializers.sql.plan import plan_view
from materializers.sql.relations.canonical import Canonical


@dataclass(slots=True)
class Revision:
    """`stopped`: view -> why; `replanned`: view -> its next build, which the batch makes;
    `reasons`: why those are planned anew; `outdated`: views that had stopped before and may go on
    when they are."""

    stopped: dict[str, str] = field(default_factory=dict)
    replanned: dict[str, KeptView] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    outdated: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls,
        views: Mapping[str, KeptView],
        before: Mapping[str, TableSchema],
        batch: Batch,
        planning: Planning,
    ) -> Revision:
        """`before`: every table as of the last batch; `planning`: the pipeline's."""
        found = cls()
        if not (batch.schemas or batch.gone):
            return found
        kept = {table: s for table, s in before.items() if table not in batch.gone}
        schemas = {**kept, **batch.schemas}
        changed = {t for t, s in batch.schemas.items() if _is_changed(before.get(t), s)}
        for name, view in views.items():
            if view.failure is not None:
                if changed & view.plan.needs.keys():
                    found.outdated.add(name)
            else:
                found._look_at(name, view, batch, schemas, planning)
        return found

    def _look_at(
        self,
        name: str,
        view: KeptView,
        batch: Batch,
        schemas: Mapping[str, TableSchema],
        planning: Planning,
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


def _what_changed(view: KeptView, batch: Batch) -> str | None:
    """What it is to be planned anew for; None where its plan is right as it is."""
    if columns := view.nullable_now(batch.schemas):
        return f"view {view.schema.name}: column {columns[0]} may be NULL since {batch.cut.lsn}"
    if columns := view.compared_otherwise(batch.schemas):
        what = f"the labels or the collation of {columns[0]} changed at {batch.cut.lsn}"
        return f"view {view.schema.name}: {what}"
    return None


def _means_the_same(view: KeptView, schemas: Mapping[str, TableSchema], planning: Planning) -> bool:
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
    view: KeptView, schemas: Mapping[str, TableSchema], planning: Planning
) -> KeptView:
    """The view by the tables as they are now, not built. A build that sinks have been filled from
    is another one from here on, so that they are filled anew."""
    generation = time.time_ns() // 1000 if view.is_built else view.generation
    used = {table: schemas[table] for table in view.plan.needs}
    stored = replace(
        view.stored, generation=generation, schemas=used, is_built=False, rows=0, outbox_from=-1
    )
    return KeptView.of(stored, planning)


def _outlook(view: KeptView, schemas: Mapping[str, TableSchema], planning: Planning) -> str:
    """What becomes of a view that has stopped."""
    definition = view.stored.definition
    try:
        plan_view(definition, schemas, view.stored.key, planning.functions)
    except ViewError as error:
        return _no_plan(error)
    return BUILT_ANEW


def _no_plan(error: ViewError) -> str:
    return f"until its SQL is edited it cannot go on: {error.message}"
