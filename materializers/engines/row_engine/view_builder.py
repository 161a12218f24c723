"""Adds, builds, replaces and removes views in a state.

A view is built from the state's tables, or adopted from another state. Each change is one
transaction of the writing thread, between two batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cdc.contract.schemas import TableSchema
from materializers.difference import Difference
from materializers.engines.label import next_label
from materializers.engines.position import NOWHERE
from materializers.engines.row_engine.adopt import OtherState, difference
from materializers.engines.row_engine.catalogue import Catalogue, needed_layouts, view_spaces
from materializers.engines.row_engine.entries import (
    of_layouts,
    of_plan,
    of_position,
    of_schemas,
    of_view,
    without_layouts,
    without_schemas,
    without_view,
)
from materializers.engines.row_engine.layout import Layout
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.row_engine.state_file import StateFile, state_errors
from materializers.engines.row_engine.structure import as_stored, built, is_outgrown, swept
from materializers.engines.rows.failure import EvaluationError, Unsupported
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.store.store import Store
from materializers.engines.stored_view import StoredView
from materializers.engines.trims import Trims
from materializers.errors import StateError, ViewError
from materializers.row_free import row_free_error
from materializers.view import ViewDefinition


class RowViewBuilder:
    """The `ViewBuilder` of a state; each call is one transaction."""

    def __init__(self, file: StateFile, catalogue: Catalogue, trims: Trims) -> None:
        self._file, self._catalogue, self._trims = file, catalogue, trims

    @property
    def _store(self) -> Store:
        return self._file.store

    def declare(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
        generation: int,
    ) -> RowView:
        """Plan a view, which is empty until the next exact batch builds it.

        Raises ViewError with the place underlined, or where the row engine cannot maintain it;
        StateError where the state holds rows of a table but not a column that the view needs
        (rebuild it instead)."""
        catalogue = self._catalogue
        stored = StoredView.new(definition, dict(schemas), key=key, generation=generation)
        view = RowView.of(stored, catalogue.functions)
        used = {table: schemas[table] for table in view.needs}
        view = replace(view, stored=replace(stored, schemas=used))
        layouts = {**catalogue.layouts, **self._layouts_for(view, schemas)}
        self._require_rules(view, layouts)
        known = {t: s for t, s in schemas.items() if t not in catalogue.schemas}
        views = {**catalogue.views, view.name: view}
        self._exchange(views, layouts, of_view(view.stored) | of_schemas(known))
        catalogue.schemas = {**catalogue.schemas, **known}
        return view

    def _layouts_for(
        self, view: RowView, schemas: Mapping[str, TableSchema]
    ) -> Mapping[str, Layout]:
        """The new layouts of a view's tables that are not stored, or lack columns that it reads."""
        found = {}
        for table, columns in view.needs.items():
            schema = schemas[table]
            if not schema.key:
                raise StateError(
                    f"Table {table} has no primary key, so its rows cannot be stored.",
                    fix="add a primary key in the source",
                )
            layout = self._catalogue.layouts.get(table)
            lacking = layout.lacking(columns) if layout is not None else columns
            if not lacking:
                continue
            if layout is not None and not self._catalogue.circuit.tables[table].is_empty:
                raise StateError(
                    f"The state holds table {table} without column {sorted(lacking)[0]}.",
                    fix="rebuild the view",
                )
            there = {c.name for c in layout.columns} if layout is not None else set()
            found[table] = Layout.of(schema, there | columns)
        return found

    def _require_rules(self, view: RowView, layouts: Mapping[str, Layout]) -> None:
        try:
            circuit = self._catalogue.assembled({}, {t: layouts[t] for t in view.needs})
            circuit.add_view(view.name, view.plan.root)
            for table in view.needs:
                self._catalogue.decoding(table, view.stored.schemas[table], layouts[table])
        except Unsupported as error:
            raise ViewError(f"view {view.schema.name}: {error}") from error

    def suffices(self, definition: ViewDefinition, *, key: tuple[str, ...] | None) -> bool:
        """Whether the state has all tables and columns that a new or edited view needs, so that
        `build` can build it."""
        position, catalogue = self._file.state.position, self._catalogue
        if position.cut is None or not position.is_exact:
            return False
        stored = StoredView.new(definition, catalogue.schemas, key=key)
        try:
            needs = RowView.of(stored, catalogue.functions).needs
        except ViewError:
            return False  # the tables may have changed since this cut: a rebuild says what is wrong
        layouts, kept = catalogue.layouts, catalogue.tables_needed()
        return all(
            table in kept and not layouts[table].lacking(columns)
            for table, columns in needs.items()
        )

    def build(
        self,
        definition: ViewDefinition,
        *,
        key: tuple[str, ...] | None,
        generation: int,
        is_next: bool = False,
    ) -> RowView:
        """Build a view from the tables at the present cut. It replaces the one of that name, or
        with `is_next` stands beside it until `promote`. Only if `suffices`. Raises ViewError where
        its rows cannot be computed; nothing has changed then."""
        catalogue, cut = self._catalogue, self._file.state.position.cut
        assert cut is not None, "it suffices"
        stored = StoredView.new(
            definition, catalogue.schemas, key=key, generation=generation, is_next=is_next
        )
        needs = RowView.of(stored, catalogue.functions).needs
        used = {
            table: as_stored(catalogue.schemas[table], catalogue.circuit.tables[table])
            for table in needs
        }
        view = RowView.of(replace(stored, schemas=used), catalogue.functions)
        self._require_rules(view, catalogue.layouts)
        try:
            with state_errors(self._file.path, f"Building {view.name}"):
                found = self._built(view, cut.version)
        except EvaluationError as error:
            raise row_free_error(ViewError, f"view {definition.name}", str(error)) from error
        self._show(found)
        return found

    def _built(self, view: RowView, version: int) -> RowView:
        """Build in one transaction; repeated with wide numerics where narrow ones overflow."""
        catalogue = self._catalogue
        views = {**catalogue.views, view.name: view}
        try:
            with self._store.transaction():
                layouts, circuit = self._exchanged(views, catalogue.layouts, {})
                circuit = circuit or catalogue.assembled(views, layouts)
                found = built(circuit, self._store, view, version)
        except EvaluationError as error:
            if not is_outgrown(error, view):
                raise
            wide = replace(view.stored, is_wide=True)
            return self._built(RowView.of(wide, catalogue.functions), version)
        catalogue.show_all({**views, view.name: found}, layouts, circuit)
        return found

    def promote(self, view: str) -> RowView:
        """Replace a view by the build beside it; state that only the old one used is removed."""
        catalogue, label = self._catalogue, next_label(view)
        coming = catalogue.views[label]
        promoted = replace(coming, stored=replace(coming.stored, is_next=False))
        others = {n: v for n, v in catalogue.views.items() if n not in (label, view)}
        with state_errors(self._file.path, f"Promoting {view}"), self._store.transaction():
            for old, new in zip(view_spaces(label), view_spaces(view), strict=True):
                self._store.drop(new)
                self._store.rename(old, new)
            written, views = (
                without_view(label) | of_view(promoted.stored) | of_plan(view, promoted.meaning),
                {**others, view: promoted},
            )
            layouts, circuit = self._exchanged(views, catalogue.layouts, written)
        catalogue.show_all(views, layouts, circuit)
        self._trims.forget(label)
        self._show(promoted)
        return promoted

    def forget(self, view: str) -> None:
        """Remove a view and state that only it used. Without views the state has no cut and no
        tables."""
        catalogue = self._catalogue
        others = {n: v for n, v in catalogue.views.items() if n != view}
        written = without_view(view)
        if not others:
            written |= of_position(NOWHERE) | without_schemas(catalogue.schemas)
        self._exchange(others, catalogue.layouts, written)
        if not others:
            catalogue.schemas = {}
            self._file.state.reached(NOWHERE)
        self._trims.forget(view)

    def _exchange(
        self,
        views: Mapping[str, RowView],
        layouts: Mapping[str, Layout],
        written: dict[bytes, bytes | None],
    ) -> None:
        """Replace the state's views by these in one transaction; unused state is removed."""
        with state_errors(self._file.path, "Changing the views"):
            with self._store.transaction():
                kept, circuit = self._exchanged(views, layouts, written)
            self._catalogue.show_all(views, kept, circuit)
            # After this, other states may remove what this one adopted
            self._store.sync()

    def _exchanged(
        self,
        views: Mapping[str, RowView],
        layouts: Mapping[str, Layout],
        written: dict[bytes, bytes | None],
    ) -> tuple[dict[str, Layout], Circuit | None]:
        """The same in the caller's transaction, which calls `show_all` after its commit. Returns
        the remaining layouts, and the operators if some were removed."""
        catalogue = self._catalogue
        kept = needed_layouts(views.values(), layouts)
        gone = [n for n, v in views.items() if not v.is_built and catalogue.views.get(n) is not v]
        is_more = all(views.get(name) is view for name, view in catalogue.views.items())
        other = {t: layout for t, layout in kept.items() if catalogue.layouts.get(t) is not layout}
        self._file.meta.write(
            written | without_layouts(catalogue.layouts.keys() - kept.keys()) | of_layouts(other)
        )
        for space in (space for name in gone for space in view_spaces(name)):
            self._store.drop(space)
        if is_more:
            return kept, None
        circuit = catalogue.assembled(views, kept)
        swept(self._store, views.values(), circuit)
        return kept, circuit

    def _show(self, view: RowView) -> None:
        """Show readers a view that was built."""
        self._trims.forget(view.name)
        self._catalogue.show(view)
        with state_errors(self._file.path, "Syncing the state"):
            self._store.sync()

    # a build from another state

    def compare(self, rebuilt: Path, view: str) -> Difference:
        """How the view's build in another, closed state differs from the live one."""
        with OtherState.opened(rebuilt, self._file.state.position) as other:
            return difference(self._store, other.store, self._catalogue.views[view])

    def adopt(self, rebuilt: Path, view: str) -> None:
        """Move a view from another, closed state at the same cut into this one, in one
        transaction: rows, outbox, operators' state, definition, build, and what the tables here
        lack. A state without views is at the other's cut then. Raises StateError where the states
        are not at one cut."""
        catalogue, position = self._catalogue, self._file.state.position
        with OtherState.opened(rebuilt, position if catalogue.views else None) as other:
            found = other.view(view, catalogue.functions)
            known = {**other.schemas, **found.stored.schemas}
            known = {t: s for t, s in known.items() if t not in catalogue.schemas}
            others = {n: v for n, v in catalogue.views.items() if n != view}
            position = position if catalogue.views else other.position
            written = of_view(found.stored) | of_plan(view, found.meaning)
            written |= of_schemas(known) | of_position(position)
            with state_errors(self._file.path, f"Adopting {view}"), self._store.transaction():
                kept, there = self._exchanged(others, catalogue.layouts, without_view(view))
                there = there or catalogue.assembled(others, kept)
                layouts = other.copy(self._store, found, catalogue, there)
                views = {**others, view: found}
                layouts, circuit = self._exchanged(views, layouts, written)
            catalogue.show_all(views, layouts, circuit)
        catalogue.schemas = {**catalogue.schemas, **known}
        self._show(found)
        self._file.state.reached(position)
