"""How views come and go in a state file: planned, built from its own tables, taken over from
another file, exchanged for a build that was made beside the live one, forgotten.

Each is one transaction of the one thread that writes, between two batches.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

import duckdb

from cdc.contract.schemas import TableSchema
from materializers.difference import Difference
from materializers.engines.duckdb.adopt import (
    attached,
    copy_view,
    difference,
    refuse_other_cut,
    stored_view,
)
from materializers.engines.duckdb.kept_view import KeptView, live_state, reason_of, tables_of
from materializers.engines.duckdb.operators.lowering import State
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.shortage import shortage
from materializers.engines.duckdb.state import (
    Position,
    StoredView,
    Transaction,
    remove_tables,
    write_position,
    write_tables,
)
from materializers.engines.duckdb.tables import Tables
from materializers.engines.duckdb.view_reader import ViewReader
from materializers.engines.label import next_label
from materializers.errors import ViewError
from materializers.row_free import row_free_error
from materializers.view import ViewDefinition


class Builds(ViewReader):
    """The side of the engine that changes which views there are. `schemas`: every table as last
    seen. `checks_nulls`: for tests, as `Run` says."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        super().__init__(connection, path)
        self._connection = connection
        self.checks_nulls = False
        self._trims: dict[str, int] = {}
        self._trims_lock = threading.Lock()
        self.schemas: dict[str, TableSchema] = {}
        self._shared: State = WeakValueDictionary()
        self._tables = Tables(connection)

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
        stored = StoredView(definition, key, generation, dict(schemas), None, False, 0, -1)
        view = KeptView.of(stored, self._shared)
        used = {table: schemas[table] for table in view.plan.needs}
        view = KeptView(replace(stored, schemas=used), view.plan, view.outbox)
        before, others = self.views.get(definition.name), self._others(definition.name)
        with Transaction(self._connection):
            if before is not None:
                before.drop(self._connection, others)
            self._tables.make(view.plan.needs, schemas)
            view.create(self._connection, live_state(others))
            known = {t: s for t, s in schemas.items() if t not in self.schemas}
            write_tables(self._connection, known)
        self.schemas.update(known)
        self.views = {**self.views, definition.name: view}
        return view

    def suffices(self, definition: ViewDefinition, *, key: tuple[str, ...] | None) -> bool:
        """Whether the input tables here are kept and hold all that a new or edited view needs, so
        that `build` can make it."""
        if self.cut is None or not self.is_exact:
            return False
        stored = StoredView(definition, key, 0, self.schemas, None, False, 0, -1)
        try:
            needs = KeptView.of(stored, {}).plan.needs
        except ViewError:
            return False  # the tables may have changed since this cut: a rebuild says what is wrong
        kept = self.tables_needed()
        return all(
            table in kept and not self._tables.lacking(table, columns)
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
        stored = StoredView(
            definition, key, generation, self.schemas, None, False, 0, -1, is_next=is_next
        )
        view = KeptView.of(stored, self._shared)
        used = {table: self._tables.as_stored(self.schemas[table]) for table in view.plan.needs}
        view = KeptView.of(replace(stored, schemas=used), self._shared)
        try:
            with Transaction(self._connection):
                built = self._built(view)
        except (duckdb.Error, MemoryError) as error:
            short = shortage(error, self.path, f"View {definition.name}")
            before = f"view {definition.name}"
            raise short or row_free_error(ViewError, before, reason_of(error)) from error
        finally:
            self._tables.reload()
        self._show(built)
        return built

    def _built(self, view: KeptView) -> KeptView:
        assert self.cut is not None
        before, others = self.views.get(view.name), self._others(view.name)
        live = live_state(others)
        if before is not None:
            before.drop(self._connection, others)
        view.create(self._connection, live)
        run = Run(self._connection, {}, {}, checks_nulls=self.checks_nulls)
        built = replace(view, stored=view.build(run, self.cut.version, live))
        run.drop_temporary()
        self._tables.drop_all_but(tables_of([*others, built]))
        return built

    def _exchanged(
        self, views: Mapping[str, KeptView], coming: Mapping[str, KeptView]
    ) -> dict[str, KeptView]:
        """The views with these builds in place of their present ones, empty, within the caller's
        transaction: state that only the old ones needed goes, that of the others stays."""
        now = {**views, **coming}
        for name in coming:
            views[name].drop(self._connection, [v for n, v in now.items() if n not in coming])
        for view in coming.values():
            view.create(self._connection, live_state(now.values()))
        return now

    def promote(self, view: str) -> KeptView:
        """Put the build that was made beside a view in its place: what only the old one needed
        goes."""
        label = next_label(view)
        coming, before = self.views[label], self.views.get(view)
        others = [kept for name, kept in self.views.items() if name not in (view, label)]
        try:
            with Transaction(self._connection):
                if before is not None:
                    before.drop(self._connection, [*others, coming])
                promoted = coming.promote(self._connection)
                self._tables.drop_all_but(tables_of([*others, promoted]))
        finally:
            self._tables.reload()
        self.views = {name: kept for name, kept in self.views.items() if name != label}
        self._show(promoted)
        return promoted

    def _show(self, view: KeptView) -> None:
        """Let readers see a view that was made anew."""
        with self._trims_lock:
            self._trims.pop(view.name, None)
        self.views = {**self.views, view.name: view}

    def forget(self, view: str) -> None:
        """Remove a view and what only it needed; without a view left the state is at no cut, and
        knows no table."""
        others = self._others(view)
        with Transaction(self._connection):
            self.views[view].drop(self._connection, others)
            self._tables.drop_all_but(tables_of(others))
            if not others:
                write_position(self._connection, Position(None, {}, True))
                remove_tables(self._connection, self.schemas)
        self.views = {name: kept for name, kept in self.views.items() if name != view}
        if not others:
            self._position, self.schemas = Position(None, {}, True), {}

    def _others(self, view: str) -> list[KeptView]:
        return [kept for name, kept in self.views.items() if name != view]

    def tables_needed(self) -> set[str]:
        """The tables that some view reads, stopped views left out."""
        return tables_of(self.views.values())

    # a build from another file

    def compare(self, rebuilt: Path, view: str) -> Difference:
        """How the view's build in another, closed state file differs from the live one."""
        with attached(self._connection, rebuilt):
            refuse_other_cut(self._connection, rebuilt, self.cut)
            return difference(self._connection, self.views[view])

    def adopt(self, rebuilt: Path, view: str) -> None:
        """Move a view from another, closed state file at the same cut into this one, in one
        transaction: rows, outbox, operators' state, definition, build, and what the input tables
        here lack. Raises StateError where the files are not at one cut."""
        with attached(self._connection, rebuilt):
            refuse_other_cut(self._connection, rebuilt, self.cut)
            found = stored_view(self._connection, rebuilt, view)
            before, others = self.views.get(view), self._others(view)
            kept = KeptView.of(found, self._shared)
            with Transaction(self._connection):
                if before is not None:
                    before.drop(self._connection, others)
                self._tables.drop_all_but(tables_of(others))
                copy_view(self._connection, self._tables, kept, live_state(others))
                known = {t: s for t, s in found.schemas.items() if t not in self.schemas}
                write_tables(self._connection, known)
        self.schemas.update(known)
        self._tables.reload()
        self._show(kept)
