"""A decoded batch: its changes, and the views that it is to be applied to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from materializers.engines.latest import latest
from materializers.engines.outlook import REBUILT
from materializers.engines.row_engine.catalogue import Catalogue, needed_layouts
from materializers.engines.row_engine.layout import Layout
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.operators.table import Changes
from materializers.engines.trial import Trial
from materializers.errors import Misfit


@dataclass(frozen=True, slots=True)
class Prepared:
    """`layouts`: of the tables that `views` read. `emptied`: tables whose rows are deleted first.
    `is_other`: views or tables have changed since the last batch."""

    views: Mapping[str, RowView]
    layouts: Mapping[str, Layout]
    changes: Mapping[str, Changes]
    emptied: frozenset[str]
    is_other: bool

    def changes_in(self, circuit: Circuit) -> Mapping[str, Changes]:
        """The changes of the tables, after the deletion of all rows of emptied ones."""
        changes = dict(self.changes)
        for table in self.emptied:
            changes[table] = [*circuit.tables[table].emptied(), *changes.get(table, ())]
        return changes


def prepared(trial: Trial[RowView], catalogue: Catalogue) -> Prepared:
    """Decode a batch; repeated, without the views that read a value that does not fit, until every
    record fits."""
    _stop_rekeyed(trial, catalogue)
    while True:
        try:
            return _read(trial, catalogue)
        except Misfit as misfit:
            trial.learn(misfit)
            _stop_rekeyed(trial, catalogue)


def _read(trial: Trial[RowView], catalogue: Catalogue) -> Prepared:
    batch = trial.batch
    other = {**trial.marked(), **trial.replanned}
    views = {**catalogue.views, **other} if other else catalogue.views
    layouts = _fitted(needed_layouts(views.values(), catalogue.layouts), trial)
    changes, emptied, schemas = {}, set(), trial.schemas
    for table, layout in layouts.items():
        now = schemas[table]
        if now.is_emptied_since(catalogue.schemas.get(table)):
            emptied.add(table)
        records = batch.records.get(table)
        if records is not None and len(records):
            rows = latest(records, now)
            changes[table] = catalogue.decoding(table, now, layout).changes(rows)
    is_other = bool(other or batch.schemas or batch.gone or layouts != catalogue.layouts)
    return Prepared(views, layouts, changes, frozenset(emptied), is_other)


def _fitted(layouts: Mapping[str, Layout], trial: Trial[RowView]) -> dict[str, Layout]:
    """The layouts of the tables after the batch."""
    fitted = dict(layouts)
    for table in layouts:
        if table in trial.batch.schemas:
            fitted[table] = fitted[table].fitted(trial.batch.schemas[table])
        if table in trial.unfit:
            fitted[table] = fitted[table].without(trial.unfit[table])
    return fitted


def _stop_rekeyed(trial: Trial[RowView], catalogue: Catalogue) -> None:
    """Stop the views of tables whose key has an enum with changed labels: rows are stored by the
    labels' positions, so the table is rebuilt."""
    for table, layout in catalogue.layouts.items():
        now = trial.batch.schemas.get(table)
        if now is None or layout.fitted(now).is_keyed_as(layout):
            continue
        for name, view in catalogue.views.items():
            if table in view.needs and view.failure is None:
                what = f"view {view.schema.name}: the labels of the key of {table} changed"
                trial.revision.stopped.setdefault(name, f"{what} at {now.lsn}; {REBUILT}")
                trial.revision.replanned.pop(name, None)
