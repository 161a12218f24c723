"""How views come and go in a state file: planned, built from its own tables, taken over from
another file, exchanged for a build that was made beside the live one, forgotten.

Each is one transaction of the one thread that writes, between two batches.
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
    difference,
    known_tables,
    position_there,
    refuse_other_cut,
    stored_view,
)
from materializers.engines.duckdb.catalogue import Catalogue
from materializers.engines.duckdb.kept_view import (
    KeptView,
    is_outgrown,
    live_state,
    reason_of,
)
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
    """`ViewBuilder` over a store: changes the catalogue, one transaction a call."""

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
        """Plan a view and make its tables; it is built by the next exact batch.

        Raises ViewError with the place underlined, StateError where the state holds rows of a
        table but not a column that the view needs (rebuild it instead)."""
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
        """Whether the input tables here are kept and hold all that a new or edited view needs, so
        that `build` can make it."""
        if self._store.position.cut is None or not self._store.position.is_exact:
            return False
        stored = StoredView.new(definition, self._catalogue.schemas, key=key)
        try:
            needs = KeptView.of(stored, self._catalogue.planning.apart()).plan.needs
        except ViewError:
            return False  # the tables may have changed since this cut: a rebuild says what is wrong
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
        """Make a view from the input tables at the present cut, in one transaction: in place of
        the one of that name, or with `is_next` beside it, as what `promote` puts in its place.
        Only where `suffices` says so. Raises ViewError where its rows cannot be worked out: all
        is as it was then."""
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
        """Built in one transaction; again with wide numerics where narrow ones do not suffice."""
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
        assert self._store.position.cut is not None
        before, others = self._catalogue.views.get(view.name), self._catalogue.others(view.name)
        live = live_state(others)
        if before is not None:
            before.drop(self._store.connection, others)
        view.create(self._store.connection, live)
        run = self._store.run({}, {})
        built = replace(view, stored=view.build(run, self._store.position.cut.version, live))
        run.drop_temporary()
        self._store.tables.drop_all_but(tables_of([*others, built]))
        return built

    def promote(self, view: str) -> KeptView:
        """Put the build that was made beside a view in its place: what only the old one needed
        goes."""
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
        """Let readers see a view that was made anew."""
        self._trims.forget(view.name)
        self._catalogue.show(view)

    def forget(self, view: str) -> None:
        """Remove a view and what only it needed; without a view left the state is at no cut, and
        knows no table."""
        others = self._catalogue.others(view)
        with Transaction(self._store.connection):
            self._catalogue.views[view].drop(self._store.connection, others)
            self._store.tables.drop_all_but(tables_of(others))
            if not others:
                write_position(self._store.connection, NOWHERE)
                remove_tables(self._store.connection, self._catalogue.schemas)
        self._catalogue.hide(view)
        if not others:
            self._store.position, self._catalogue.schemas = NOWHERE, {}

    # a build from another file

    def compare(self, rebuilt: Path, view: str) -> Difference:
        """How the view's build in another, closed state file differs from the live one."""
        with attached(self._store.connection, rebuilt):
            refuse_other_cut(self._store.connection, rebuilt, self._store.position.cut)
            return difference(self._store.connection, self._catalogue.views[view])

    def adopt(self, rebuilt: Path, view: str) -> None:
        """Move a view from another, closed state file at the same cut into this one, in one
        transaction: rows, outbox, operators' state, definition, build, and what the input tables
        here lack. A state without views is at the other's cut then. Raises StateError where the
        files are not at one cut."""
        position = self._store.position
        with attached(self._store.connection, rebuilt):
            if self._catalogue.views:
                refuse_other_cut(self._store.connection, rebuilt, position.cut)
            else:
                position = position_there(self._store.connection)
            found = stored_view(self._store.connection, rebuilt, view)
            before, others = self._catalogue.views.get(view), self._catalogue.others(view)
            kept = KeptView.of(found, self._catalogue.planning)
            with Transaction(self._store.connection):
                if before is not None:
                    before.drop(self._store.connection, others)
                self._store.tables.drop_all_but(tables_of(others))
                copy_view(self._store.connection, self._store.tables, kept, live_state(others))
                known = {**known_tables(self._store.connection), **found.schemas}
                known = {t: s for t, s in known.items() if t not in self._catalogue.schemas}
                write_tables(self._store.connection, known)
                if position is not self._store.position:
                    write_position(self._store.connection, position)
        self._catalogue.schemas.update(known)
        self._store.tables.reload()
        self._show(kept)
        self._store.reached(position)
