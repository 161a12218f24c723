"""What the state file holds of views: their tables, their entries, and input tables that only they
need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from materializers.engines.duckdb.duckdb_view import (
    DuckDBView,
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
from materializers.engines.planned_view import tables_of
from materializers.engines.position import NOWHERE
from materializers.engines.view_state import Adopted, Outgrown
from materializers.errors import ViewError
from materializers.row_free import row_free_error


class DuckDBViewState:
    """`ViewState`, and `compare` of `ViewBuilder`, over a store and its catalogue."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store, self._catalogue = store, catalogue

    @property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return self._store.connection

    def lacks(self, table: str, columns: frozenset[str]) -> bool:
        return bool(self._store.tables.lacking(table, columns))

    def as_stored(self, table: str, schema: TableSchema) -> TableSchema:
        return self._store.tables.as_stored(schema)

    def declare(
        self, view: DuckDBView, schemas: Mapping[str, TableSchema], known: Mapping[str, TableSchema]
    ) -> None:
        others = self._catalogue.others(view.name)
        with Transaction(self._connection):
            self._drop(view.name, others)
            self._store.tables.make(view.plan.needs, schemas)
            view.create(self._connection, live_state(others))
            write_tables(self._connection, known)

    def _drop(self, label: str, others: Sequence[DuckDBView]) -> None:
        """Remove the view of that label if there is one, except what the others use."""
        if (before := self._catalogue.views.get(label)) is not None:
            before.drop(self._connection, others)

    def build(self, view: DuckDBView) -> DuckDBView:
        try:
            with Transaction(self._connection):
                return self._built(view)
        except (duckdb.Error, MemoryError) as error:
            if is_outgrown(error) and not view.stored.is_wide:
                raise Outgrown from error
            name = view.schema.name
            short = shortage(error, self._store.path, f"View {name}")
            raise short or row_free_error(ViewError, f"view {name}", reason_of(error)) from error
        finally:
            self._store.tables.reload()

    def _built(self, view: DuckDBView) -> DuckDBView:
        cut, others = self._store.state.position.cut, self._catalogue.others(view.name)
        assert cut is not None, "`suffices` requires it"
        live = live_state(others)
        self._drop(view.name, others)
        view.create(self._connection, live)
        run = self._store.run({}, {})
        built = replace(view, stored=view.build(run, cut.version, live))
        run.drop_temporary()
        self._store.tables.drop_all_but(tables_of([*others, built]))
        return built

    def promote(
        self, coming: DuckDBView, promoted: DuckDBView, others: Sequence[DuckDBView]
    ) -> DuckDBView:
        try:
            with Transaction(self._connection):
                self._drop(promoted.name, [*others, coming])
                renamed = coming.promote(self._connection)
                self._store.tables.drop_all_but(tables_of([*others, renamed]))
        finally:
            self._store.tables.reload()
        return renamed

    def forget(self, view: str, others: Sequence[DuckDBView]) -> None:
        with Transaction(self._connection):
            self._drop(view, others)
            self._store.tables.drop_all_but(tables_of(others))
            if not others:
                write_position(self._connection, NOWHERE)
                remove_tables(self._connection, self._catalogue.schemas)

    # a build from another file

    def compare(self, rebuilt: Path, view: str) -> Difference:
        with attached(self._connection, rebuilt):
            refuse_other_cut(self._connection, rebuilt, self._store.state.position.cut)
            schema = self._catalogue.views[view].schema
            return difference(self._connection, schema, view_table(view), rebuilt_table(view))

    def adopt(self, rebuilt: Path, view: str) -> Adopted[DuckDBView]:
        """Columns that the input tables here lack are copied too."""
        position = self._store.state.position
        with attached(self._connection, rebuilt):
            if self._catalogue.views:
                refuse_other_cut(self._connection, rebuilt, position.cut)
            else:
                position = position_there(self._connection)
            stored, others = (
                stored_view(self._connection, rebuilt, view),
                self._catalogue.others(view),
            )
            adopted = DuckDBView.of(stored, self._catalogue.planning)
            with Transaction(self._connection):
                self._drop(view, others)
                self._store.tables.drop_all_but(tables_of(others))
                copy_view(self._connection, self._store.tables, adopted, live_state(others))
                known = {**known_tables(self._connection), **stored.schemas}
                known = {t: s for t, s in known.items() if t not in self._catalogue.schemas}
                write_tables(self._connection, known)
                if position is not self._store.state.position:
                    write_position(self._connection, position)
        self._store.tables.reload()
        return Adopted(adopted, known, position)
