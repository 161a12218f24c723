"""Adds, replaces and removes the views of a state file: declare, backfill, adopt from another file,
promote the build beside the live one, forget.

Each call is one transaction of the writing thread, between two batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from cdc.contract.schemas import TableSchema
from materializers.difference import Difference
from materializers.engines.duckdb.adopt import (
    attached,
    copy_view,
    known_tables,
    position_there,
    rebuilt_table,
    refuse_other_cut,
    stored_view,
)
from materializers.engines.duckdb.catalogue import Catalogue
from materializers.engines.duckdb.difference import difference
from materializers.engines.duckdb.kept_view import (
    KeptView,
    is_outgrown,
    live_state,
    reason_of,
)
from materializers.engines.duckdb.outbox import view_table
from materializers.engines.duckdb.shortage import shortage
from materializers.engines.duckdb.state import (
    Transaction,
    remove_tables,
    write_position,
    write_tables,
)
from materializers.engines.duckdb.store import Store
from materializers.engines.label import next_label
from materializers.engines.planned_view import tables_of
from materializers.engines.position import NOWHERE
from materializers.engines.stored_view import StoredView
from materializers.engines.trims import Trims
from materializers.errors import ViewError
from materializers.row_free import row_free_error
from materializers.view import ViewDefinition


class DuckDBViewBuilder:
    """`ViewBuilder` over a store and its catalogue; one transaction a call."""

    def __init__(self, store: Store, catalogue: Catalogue, trims: Trims) -> None:
        self._store, self._catalogue, self._trims = store, catalogue, trims

    def declare(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
        generation: int,
    ) -> KeptView:
        """Plan a view and create its tables; the next exact batch builds it.

        Raises ViewError with the place underlined; StateError where the state has rows of a table
        without a column that the view needs (rebuild the view instead)."""
        stored = StoredView.new(definition, dict(schemas), key=key, generation=generation)
        view = KeptView.of(stored, self._catalogue.planning)
        used = {table: schemas[table] for table in view.plan.needs}
        view = KeptView(replace(stored, schemas=used), view.plan, view.outbox)
        before = self._catalogue.views.get(definition.name)
        others = self._catalogue.others(definition.name)
        with Transaction(self._store.connection):
            if before is not None:
                before.drop(self._store.connection, others)
            self._store.tables.make(view.plan.needs, schemas)
            view.create(self._store.connection, live_state(others))
            known = {t: s for t, s in schemas.items() if t not in self._catalogue.schemas}
            write_tables(self._store.connection, known)
        self._catalogue.schemas.update(known)
        self._catalogue.show(view)
        return view

    def suffices(self, definition: ViewDefinition, *, key: tuple[str, ...] | None) -> bool:
        """Whether the input tables are maintained and have all columns that a new or edited view
        needs, so that `build` can make it."""
        if self._store.state.position.cut is None or not self._store.state.position.is_exact:
            return False
        stored = StoredView.new(definition, self._catalogue.schemas, key=key)
        try:
            needs = KeptView.of(stored, self._catalogue.planning.apart()).plan.needs
        except ViewError:
            return False  # a rebuild reads the tables' latest schemas and says what is wrong
        kept = self._catalogue.tables_needed()
        return all(
            table in kept and not self._store.tables.lacking(table, columns)
            for table, columns in needs.items()
        )

    def build(
        self,
        definition: ViewDefinition,
        *,
        key: tuple[str, ...] | None,
        generation: int,
        is_next: bool = False,
    ) -> KeptView:
        """Backfill: build a view from the input tables at the present cut, in one transaction. It
        replaces the view of that name; with `is_next` it stands beside it until `promote`. Call it
        only where `suffices` is true. Raises ViewError where its rows cannot be computed; then
        nothing has changed."""
        stored = StoredView.new(
            definition, self._catalogue.schemas, key=key, generation=generation, is_next=is_next
        )
        view = KeptView.of(stored, self._catalogue.planning)
        tables, schemas = self._store.tables, self._catalogue.schemas
        used = {table: tables.as_stored(schemas[table]) for table in view.plan.needs}
        view = KeptView.of(replace(stored, schemas=used), self._catalogue.planning)
        try:
            built = self._built_in_one(view)
        except (duckdb.Error, MemoryError) as error:
            short = shortage(error, self._store.path, f"View {definition.name}")
            before = f"view {definition.name}"
            raise short or row_free_error(ViewError, before, reason_of(error)) from error
        finally:
            self._store.tables.reload()
        self._show(built)
        return built

    def _built_in_one(self, view: KeptView) -> KeptView:
        """Build in one transaction; once more with wide numerics where narrow ones do not
        suffice."""
        try:
            with Transaction(self._store.connection):
                return self._built(view)
        except duckdb.Error as error:
            if not is_outgrown(error):
                raise
        self._store.tables.reload()
        wide = KeptView.of(replace(view.stored, is_wide=True), self._catalogue.planning)
        with Transaction(self._store.connection):
            return self._built(wide)

    def _built(self, view: KeptView) -> KeptView:
        assert self._store.state.position.cut is not None
        before, others = self._catalogue.views.get(view.name), self._catalogue.others(view.name)
        live = live_state(others)
        if before is not None:
            before.drop(self._store.connection, others)
        view.create(self._store.connection, live)
        run = self._store.run({}, {})
        built = replace(view, stored=view.build(run, self._store.state.position.cut.version, live))
        run.drop_temporary()
        self._store.tables.drop_all_but(tables_of([*others, built]))
        return built

    def promote(self, view: str) -> KeptView:
        """Replace a view by the build beside it. Drops what only the old build used."""
        label = next_label(view)
        coming, before = self._catalogue.views[label], self._catalogue.views.get(view)
        others = self._catalogue.others(view, label)
        try:
            with Transaction(self._store.connection):
                if before is not None:
                    before.drop(self._store.connection, [*others, coming])
                promoted = coming.promote(self._store.connection)
                self._store.tables.drop_all_but(tables_of([*others, promoted]))
        finally:
            self._store.tables.reload()
        self._catalogue.hide(label)
        self._show(promoted)
        return promoted

    def _show(self, view: KeptView) -> None:
        """Make a new build visible to readers."""
        self._trims.forget(view.name)
        self._catalogue.show(view)

    def forget(self, view: str) -> None:
        """Remove a view and what only it used. Without any view the state has no cut and no
        tables."""
        others = self._catalogue.others(view)
        with Transaction(self._store.connection):
            self._catalogue.views[view].drop(self._store.connection, others)
            self._store.tables.drop_all_but(tables_of(others))
            if not others:
                write_position(self._store.connection, NOWHERE)
                remove_tables(self._store.connection, self._catalogue.schemas)
        self._catalogue.hide(view)
        if not others:
            self._store.state.position, self._catalogue.schemas = NOWHERE, {}

    # a build from another file

    def compare(self, rebuilt: Path, view: str) -> Difference:
        """Compare the view's build in another, closed state file with the live one."""
        with attached(self._store.connection, rebuilt):
            refuse_other_cut(self._store.connection, rebuilt, self._store.state.position.cut)
            schema, tables = (
                self._catalogue.views[view].schema,
                (view_table(view), rebuilt_table(view)),
            )
            return difference(self._store.connection, schema, *tables)

    def adopt(self, rebuilt: Path, view: str) -> None:
        """Copy a view from another, closed state file at the same cut into this one, in one
        transaction: rows, outbox, operators' state, definition, build, and columns that the input
        tables here lack. A state without views takes the other's cut. Raises StateError unless both
        files are at one cut."""
        position = self._store.state.position
        with attached(self._store.connection, rebuilt):
            if self._catalogue.views:
                refuse_other_cut(self._store.connection, rebuilt, position.cut)
            else:
                position = position_there(self._store.connection)
            stored = stored_view(self._store.connection, rebuilt, view)
            before, others = self._catalogue.views.get(view), self._catalogue.others(view)
            kept = KeptView.of(stored, self._catalogue.planning)
            with Transaction(self._store.connection):
                if before is not None:
                    before.drop(self._store.connection, others)
                self._store.tables.drop_all_but(tables_of(others))
                copy_view(self._store.connection, self._store.tables, kept, live_state(others))
                known = {**known_tables(self._store.connection), **stored.schemas}
                known = {t: s for t, s in known.items() if t not in self._catalogue.schemas}
                write_tables(self._store.connection, known)
                if position is not self._store.state.position:
                    write_position(self._store.connection, position)
        self._catalogue.schemas.update(known)
        self._store.tables.reload()
        self._show(kept)
        self._store.state.reached(position)
