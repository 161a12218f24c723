"""Exports views' tables to files, in bulk, while batches go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

import duckdb

from materializers.engines.duckdb.catalogue import Catalogue
from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.operators.scan import input_table
from materializers.engines.duckdb.state import read_position, read_tables, read_views
from materializers.engines.duckdb.store import Store
from materializers.engines.duckdb.stored_name import stored_name
from materializers.engines.exported import Exported, ExportedTable
from materializers.engines.position import Position
from materializers.engines.stored_view import StoredView
from materializers.errors import OtherBuild
from materializers.sql.types.expression import quote, text_literal

CHECK_S = 0.05
EXACT_S = 0.2

_AS_TEXT = ("UUID", "INTERVAL", "HUGEINT", "BIGNUM")
"""DuckDB's types that Parquet has not, or not in full."""

Check = Callable[[], None]
"""Called every CHECK_S; raises to end the export."""


class Export:
    """Reads a store, in any thread."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store, self._catalogue = store, catalogue

    def export(self, folder: Path, builds: Mapping[str, int], check: Check) -> Exported:
        """Write the tables of these views, given with their builds, to files in the folder; all in
        one read transaction, at an exact cut. Raises OtherBuild where a view has another build or
        is stopped, StateError where memory or disk do not suffice, and what `check` raises."""
        state = self._store.state
        while True:
            check()
            with self._store.reading("Exporting views") as cursor:
                position = read_position(cursor)
                if position.cut is not None and position.is_exact:
                    views = self._views(cursor, builds)
                    return _Reading(cursor, folder, check).exported(position, views)
            state.wait_for(lambda: state.position.is_exact, EXACT_S)

    def _views(
        self, cursor: duckdb.DuckDBPyConnection, builds: Mapping[str, int]
    ) -> dict[str, tuple[StoredView, DuckDBView]]:
        """Each view as of the transaction, and its plan."""
        there, stored_views = read_views(cursor), {}
        for name, build in builds.items():
            stored, view = there.get(name), self._catalogue.view(name, build)
            if stored is None or stored.generation != build or not stored.is_built:
                raise OtherBuild(f"View {name} has another build now.")
            if stored.failure is not None:
                raise OtherBuild(f"View {name} has stopped.")
            stored_views[name] = stored, view
        return stored_views


class _Reading:
    """One export. `cursor`: in the transaction."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, folder: Path, check: Check) -> None:
        self._cursor, self._folder, self._check = cursor, folder, check
        self._files = 0

    def exported(
        self, position: Position, views: Mapping[str, tuple[StoredView, DuckDBView]]
    ) -> Exported:
        needed = sorted({table for _, view in views.values() for table in view.needs})
        known = read_tables(self._cursor)
        schemas = {table: known[table] for table in needed}
        tables = {
            table: self._table(table, [column.name for column in schema.columns])
            for table, schema in schemas.items()
        }
        assert position.cut is not None, "an exact one"
        start = position.cut.version
        stored = (replace(view, outbox_from=start) for view, _ in views.values())
        return Exported(position, schemas, tuple(stored), tables)

    def _table(self, table: str, columns: Iterable[str]) -> ExportedTable:
        stored = self._kinds("input", stored_name(table))
        there = [name for name in columns if stored_name(name) in stored]
        listed = [_column(n, stored_name(name), stored) for n, name in enumerate(there)]
        path, count = self._copy(f"SELECT {', '.join(listed)} FROM {input_table(table)}")
        return ExportedTable(path, tuple(there), count)

    def _kinds(self, schema: str, table: str) -> dict[str, str]:
        """The types of a table's columns."""
        pairs = self._cursor.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ?"
            " AND table_name = ? AND database_name = current_database()",
            [schema, table],
        ).fetchall()
        return dict(pairs)

    def _copy(self, select: str) -> tuple[Path, int]:
        path = self._folder / f"{self._files}.parquet"
        self._files += 1
        return path, self._execute(f"COPY ({select}) TO {text_literal(str(path))} (FORMAT parquet)")

    def _execute(self, sql: str) -> int:
        """Run a statement, which `check` may interrupt; returns its number of rows."""
        with ThreadPoolExecutor(1, "export") as worker:
            running = worker.submit(self._cursor.execute, sql)
            try:
                while not wait([running], CHECK_S).done:
                    self._check()
            except BaseException:
                self._cursor.interrupt()
                raise
            row = running.result().fetchone()
        return int(row[0]) if row else 0


def _column(place: int, name: str, kinds: Mapping[str, str]) -> str:
    kind, column = kinds[name], quote(name)
    base = kind.partition("[")[0]
    if base in _AS_TEXT:
        column = f"{column}::VARCHAR{kind[len(base) :]}"
    return f"{column} AS c{place}"
