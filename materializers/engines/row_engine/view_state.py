"""What the state holds of views: their spaces, their entries, and tables that only they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cdc.contract.schemas import TableSchema
from materializers.difference import Difference
from materializers.engines.position import NOWHERE
from materializers.engines.row_engine.adopt import OtherState, difference
from materializers.engines.row_engine.catalogue import (
    Catalogue,
    Layouts,
    needed_layouts,
    view_spaces,
)
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
from materializers.engines.view_state import Adopted, Outgrown
from materializers.errors import StateError, ViewError
from materializers.row_free import row_free_error


class RowViewState:
    """`ViewState`, and `compare` of `ViewBuilder`, over a state file and its catalogue."""

    def __init__(self, file: StateFile, catalogue: Catalogue) -> None:
        self._file, self._catalogue = file, catalogue

    @property
    def _store(self) -> Store:
        return self._file.store

    def lacks(self, table: str, columns: frozenset[str]) -> bool:
        return bool(self._catalogue.layouts[table].lacking(columns))

    def as_stored(self, table: str, schema: TableSchema) -> TableSchema:
        return as_stored(schema, self._catalogue.circuit.tables[table])

    def declare(
        self, view: RowView, schemas: Mapping[str, TableSchema], known: Mapping[str, TableSchema]
    ) -> None:
        """Raises ViewError where the row engine cannot maintain it."""
        layouts = {**self._catalogue.layouts, **self._layouts_for(view, schemas)}
        self._require_rules(view, layouts)
        views = {**self._catalogue.views, view.name: view}
        self._exchange(views, layouts, of_view(view.stored) | of_schemas(known))

    def _layouts_for(
        self, view: RowView, schemas: Mapping[str, TableSchema]
    ) -> Mapping[str, Layout]:
        """The new layouts of a view's tables that are not stored, or lack columns that it reads."""
        added = {}
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
            added[table] = Layout.of(schema, there | columns)
        return added

    def _require_rules(self, view: RowView, layouts: Mapping[str, Layout]) -> None:
        try:
            circuit = self._catalogue.assembled({}, {t: layouts[t] for t in view.needs})
            circuit.add_view(view.name, view.plan.root)
            for table in view.needs:
                self._catalogue.decoding(table, view.stored.schemas[table], layouts[table])
        except Unsupported as error:
            raise ViewError(f"view {view.schema.name}: {error}") from error

    def build(self, view: RowView) -> RowView:
        catalogue, cut = self._catalogue, self._file.state.position.cut
        assert cut is not None, "`suffices` requires it"
        self._require_rules(view, catalogue.layouts)
        views = {**catalogue.views, view.name: view}
        try:
            with self._transaction(f"Building {view.name}"):
                layouts, circuit = self._exchanged(views, catalogue.layouts, {})
                circuit = circuit or catalogue.assembled(views, layouts)
                filled = built(circuit, self._store, view, cut.version)
        except EvaluationError as error:
            if is_outgrown(error, view):
                raise Outgrown from error
            before = f"view {view.schema.name}"
            raise row_free_error(ViewError, before, str(error)) from error
        self._show({**views, view.name: filled}, layouts, circuit)
        return filled

    def promote(self, coming: RowView, promoted: RowView, others: Sequence[RowView]) -> RowView:
        label, view, catalogue = coming.name, promoted.name, self._catalogue
        written = without_view(label) | of_view(promoted.stored) | of_plan(view, promoted.meaning)
        views = {each.name: each for each in (*others, promoted)}
        with self._transaction(f"Promoting {view}"):
            for old, new in zip(view_spaces(label), view_spaces(view), strict=True):
                self._store.drop(new)
                self._store.rename(old, new)
            layouts, circuit = self._exchanged(views, catalogue.layouts, written)
        self._show(views, layouts, circuit)
        return promoted

    def forget(self, view: str, others: Sequence[RowView]) -> None:
        written = without_view(view)
        if not others:
            written |= of_position(NOWHERE) | without_schemas(self._catalogue.schemas)
        self._exchange({each.name: each for each in others}, self._catalogue.layouts, written)

    def _exchange(
        self,
        views: Mapping[str, RowView],
        layouts: Mapping[str, Layout],
        written: dict[bytes, bytes | None],
    ) -> None:
        """Replace the state's views by these in one transaction; unused state is removed."""
        with self._transaction("Changing the views"):
            needed, circuit = self._exchanged(views, layouts, written)
        self._show(views, needed, circuit)

    @contextmanager
    def _transaction(self, step: str) -> Iterator[None]:
        with state_errors(self._file.path, step), self._store.transaction():
            yield

    def _show(
        self, views: Mapping[str, RowView], layouts: Layouts, circuit: Circuit | None
    ) -> None:
        """Show readers what was committed. It is durable then: other states may remove what this
        one adopted."""
        self._catalogue.show_all(views, layouts, circuit)
        with state_errors(self._file.path, "Syncing the state"):
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
        needed = needed_layouts(views.values(), layouts)
        gone = [n for n, v in views.items() if not v.is_built and catalogue.views.get(n) is not v]
        is_more = all(views.get(name) is view for name, view in catalogue.views.items())
        other = {t: each for t, each in needed.items() if catalogue.layouts.get(t) is not each}
        self._file.meta.write(
            written | without_layouts(catalogue.layouts.keys() - needed.keys()) | of_layouts(other)
        )
        for space in (space for name in gone for space in view_spaces(name)):
            self._store.drop(space)
        if is_more:
            return needed, None
        circuit = catalogue.assembled(views, needed)
        swept(self._store, views.values(), circuit)
        return needed, circuit

    # a build from another state

    def compare(self, rebuilt: Path, view: str) -> Difference:
        with OtherState.opened(rebuilt, self._file.state.position) as other:
            return difference(self._store, other.store, self._catalogue.views[view])

    def adopt(self, rebuilt: Path, view: str) -> Adopted[RowView]:
        """Tables and columns that are not stored here are copied too."""
        catalogue, position = self._catalogue, self._file.state.position
        with OtherState.opened(rebuilt, position if catalogue.views else None) as other:
            adopted = other.view(view, catalogue.functions)
            known = {**other.schemas, **adopted.stored.schemas}
            known = {t: s for t, s in known.items() if t not in catalogue.schemas}
            others = {each.name: each for each in catalogue.others(view)}
            position = position if catalogue.views else other.position
            written = of_view(adopted.stored) | of_plan(view, adopted.meaning)
            written |= of_schemas(known) | of_position(position)
            with self._transaction(f"Adopting {view}"):
                left, there = self._exchanged(others, catalogue.layouts, without_view(view))
                there = there or catalogue.assembled(others, left)
                copied = other.copy(self._store, adopted, catalogue, there)
                views = {**others, view: adopted}
                layouts, circuit = self._exchanged(views, copied, written)
            self._show(views, layouts, circuit)
        return Adopted(adopted, known, position)
