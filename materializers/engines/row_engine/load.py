"""Builds a state from what another engine has exported, in bounded memory.

The state has the export's cut, and its views with their builds. What killed it leaves a file of no
use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from materializers.engines.durable import sync
from materializers.engines.exported import Exported
from materializers.engines.row_engine.catalogue import view_spaces
from materializers.engines.row_engine.decoding import Decoding
from materializers.engines.row_engine.entries import (
    META,
    is_of_this_version,
    of_layouts,
    of_plan,
    of_position,
    of_schemas,
    of_view,
)
from materializers.engines.row_engine.layout import Layout
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.row_engine.state_file import state_errors
from materializers.engines.row_engine.stored_values import stored_rows
from materializers.engines.rows.failure import EvaluationError, Unsupported
from materializers.engines.rows.meaning import NO_MEANINGS
from materializers.engines.rows.operators.circuit import Circuit
from materializers.engines.rows.operators.loading import Loading
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.store.loading import LoadingStore
from materializers.errors import ViewError
from materializers.row_free import row_free_error
from materializers.sql.catalogue import FunctionCatalogue

Batches = Callable[[Path, "tuple[int, ...]"], Iterable[pa.RecordBatch]]
"""The rows of a file of the export, sorted by the columns at these places. The file may be
removed then."""


def load(
    path: Path,
    exported: Exported,
    batches: Batches,
    functions: FunctionCatalogue,
    report: Callable[[int], None],
) -> None:
    """Create the state file, closed and safe from a power cut when it returns. `report`: called
    with the number of the tables' rows so far. Raises ViewError where a view cannot be maintained
    row by row, StateError where memory or disk do not suffice."""
    views = [RowView.of(stored, functions) for stored in exported.views]
    with state_errors(path, "Loading the state"):
        store = LoadingStore.create(path)
        with store.transaction():
            _Load(store, exported, views, batches).run(report)
        store.end()
        sync(path)


class _Load:
    def __init__(
        self, store: LoadingStore, exported: Exported, views: list[RowView], batches: Batches
    ) -> None:
        self._store, self._exported, self._batches = store, exported, batches
        self._views = views
        self._layouts = {
            table: Layout.of(exported.schemas[table], frozenset(rows.columns))
            for table, rows in exported.tables.items()
        }
        self._circuit = Circuit(store, NO_MEANINGS)
        for table, layout in self._layouts.items():
            self._circuit.add_table(table, layout.kinds, layout.key)
        for view in views:
            self._add(view)

    def _add(self, view: RowView) -> None:
        try:
            self._circuit.add_output(view.name, view.plan.root, view.schema.key)
            for table in view.needs:
                Decoding(self._exported.schemas[table], self._layouts[table])  # later records
        except Unsupported as error:
            raise ViewError(f"view {view.schema.name}: {error}") from error

    def run(self, report: Callable[[int], None]) -> None:
        try:
            self._load(report)
        except EvaluationError as error:
            raise row_free_error(ViewError, "a view", str(error)) from error
        self._enter([self._counted(view) for view in self._views])

    def _load(self, report: Callable[[int], None]) -> None:
        loading, done = Loading(self._circuit), 0
        # small tables first: a row of a large one finds what it is joined with
        for table in sorted(self._exported.tables, key=lambda t: self._exported.tables[t].rows):
            for rows in self._rows(table):
                loading.add(table, rows)
                done += len(rows)
                report(done)
        loading.end()

    def _rows(self, table: str) -> Iterator[list[Row]]:
        stored, layout = self._exported.tables[table], self._layouts[table]
        kinds = [kind for _, kind in layout.kinds]
        places = tuple(stored.columns.index(name) for name in layout.key)
        for batch in self._batches(stored.path, places):
            yield stored_rows(batch, kinds)

    def _counted(self, view: RowView) -> RowView:
        """The view with the number of its rows."""
        rows, _ = (self._store.space(name) for name in view_spaces(view.name))
        return replace(view, stored=replace(view.stored, rows=rows.size()[0]))

    def _enter(self, views: Iterable[RowView]) -> None:
        meta = self._store.space(META)
        is_of_this_version(meta)  # a new state gets it
        written = of_position(self._exported.position) | of_schemas(self._exported.schemas)
        written |= of_layouts(self._layouts)
        for view in views:
            written |= of_view(view.stored) | of_plan(view.name, view.meaning)
        meta.write(written)
