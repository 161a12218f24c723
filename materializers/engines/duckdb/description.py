"""Explains views and measures the state, in any thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb

from materializers.engines.duckdb.catalogue import Catalogue
from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.explain import explain, sharing, sizes_of
from materializers.engines.duckdb.operators.scan import input_table
from materializers.engines.duckdb.outbox import outbox_table, view_table
from materializers.engines.duckdb.store import Store
from materializers.engines.duckdb.stored_name import stored_name
from materializers.engines.explained import Size, state_table, storage, view_storage

_ATTEMPTS = 20
_ATTEMPT_PAUSE_S = 0.05


class DuckDBDescription:
    """Each answer is of one transaction."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store, self._catalogue = store, catalogue

    def explain(self, view: DuckDBView) -> dict[str, Any]:
        """See `ViewReader.explain`."""
        step, catalogue = f"Explaining view {view.name}", self._catalogue
        return self._answer(step, lambda cursor: explain(cursor, view, catalogue.views.values()))

    def storage(self) -> dict[str, Any]:
        """See `ViewReader.storage`."""
        return self._answer("Measuring the state", self._measured)

    def _answer(
        self, step: str, ask: Callable[[duckdb.DuckDBPyConnection], dict[str, Any]]
    ) -> dict[str, Any]:
        """The answer of `ask`; repeated where a view's tables have been dropped since the catalogue
        was read."""
        for remaining in reversed(range(_ATTEMPTS)):
            try:
                with self._store.reading(step) as cursor:
                    return ask(cursor)
            except duckdb.CatalogException:
                if not remaining:
                    raise
            time.sleep(_ATTEMPT_PAUSE_S)
        raise AssertionError

    def _measured(self, cursor: duckdb.DuckDBPyConnection) -> dict[str, Any]:
        views = list(self._catalogue.views.values())
        needed = sorted({table for view in views for table in view.plan.needs})
        stored = {table: input_table(table) for table in _there(cursor, needed)}
        tables = [*stored.values()]
        tables += [table for view in views for table in _tables_of(view)]
        sizes = sizes_of(cursor, tables)
        of_views = {view.name: _of_view(sizes, view, views) for view in views}
        inputs = {table: sizes[name] for table, name in stored.items()}
        return storage(self._store.path, ".wal", inputs, of_views)


def _there(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> list[str]:
    """Those of the tables that exist: a stopped view's inputs are dropped with their last
    reader."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'input'"
        " AND database_name = current_database()"
    ).fetchall()
    return [table for table in tables if (stored_name(table),) in rows]


def _tables_of(view: DuckDBView) -> list[str]:
    state = [table for operator in view.plan.operators() for table in operator.state()]
    return [view_table(view.name), outbox_table(view.name), *state]


def _of_view(
    sizes: Mapping[str, Size], view: DuckDBView, views: Sequence[DuckDBView]
) -> dict[str, Any]:
    return view_storage(
        sizes[view_table(view.name)],
        sizes[outbox_table(view.name)],
        [
            {
                "operator": operator.describe(),
                **state_table(table, sizes[table], sharing(view, views, table)),
            }
            for operator in view.plan.operators()
            for table in operator.state()
        ],
    )
