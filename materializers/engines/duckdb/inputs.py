"""Applies a batch's records to the input tables, the first step of a batch."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress

import duckdb
import pyarrow as pa

from cdc.contract.schemas import TableSchema
from materializers.engines.duckdb.arrow import arrow_table
from materializers.engines.duckdb.blame import SUSPECTS_MAX
from materializers.engines.duckdb.catalogue import Catalogue
from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.state import Transaction, remove_tables, write_tables
from materializers.engines.duckdb.store import Store
from materializers.engines.duckdb.tables import Change
from materializers.engines.planned_view import tables_of
from materializers.engines.trial import Trial
from materializers.intake.batch import Batch, Records

log = logging.getLogger("rederive.engine")


class _RollBack(Exception):
    """Rolls back a read-only probe."""


class Inputs:
    """Changes the input tables and the schemas stored with them, in the caller's transaction."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store, self._catalogue = store, catalogue

    def move(self, trial: Trial[DuckDBView], views: Mapping[str, DuckDBView]) -> Run:
        """Apply the records; returns a run with the input tables' deltas."""
        batch, tables = trial.batch, self._store.tables
        remove_tables(self._store.connection, batch.gone)
        write_tables(self._store.connection, batch.schemas)
        for table, schema in batch.schemas.items():
            if table in self._catalogue.schemas:
                tables.refit(self._catalogue.schemas[table], schema)
        for table, columns in trial.wide.items():
            tables.widen(trial.schemas[table], columns)
        for table in trial.unfit.keys() & tables_of(views.values()):
            tables.drop_columns(table, trial.unfit[table])
        needs_deltas = any(view.is_maintained for view in views.values())
        moved = self._moved(self._changes(batch, trial.schemas, views), needs_deltas)
        return self._store.run(moved, {t: tables.width(t) for t in moved})

    def _changes(
        self, batch: Batch, schemas: Mapping[str, TableSchema], views: Mapping[str, DuckDBView]
    ) -> list[Change]:
        needed, changes = tables_of(views.values()), []
        for table in sorted(t for t in needed if self._store.tables.holds(t)):
            records = batch.records.get(table) or Records()
            before, now = self._catalogue.schemas.get(table), schemas[table]
            is_emptied = now.is_emptied_since(before)
            if len(records) or is_emptied:
                changes.append(Change(now, records, is_emptied))
        return changes

    def _moved(self, changes: Sequence[Change], needs_deltas: bool) -> dict[str, str]:
        """Store the records; returns the deltas by table, none where no view needs them."""
        moved = {}
        for change in changes:
            if not needs_deltas:
                self._store.tables.load(change)
                continue
            delta, count = self._store.tables.move(change)
            if count:
                moved[change.schema.table] = delta
        return moved

    def deltas_of(self, trial: Trial[DuckDBView]) -> dict[str, pa.Table]:
        """The deltas of a batch, computed again in a transaction that is rolled back; empty where
        that fails too."""
        try:
            return self._probed(trial)
        except (duckdb.Error, MemoryError) as error:
            log.warning("cannot search for the row at fault: %s", type(error).__name__)
            return {}
        finally:
            self._store.tables.reload()

    def _probed(self, trial: Trial[DuckDBView]) -> dict[str, pa.Table]:
        deltas = {}
        with suppress(_RollBack), Transaction(self._store.connection):
            run = self.move(trial, {**self._catalogue.views, **trial.marked()})
            for table, delta in run.changed.items():
                suspects = f"SELECT * FROM {delta} LIMIT {SUSPECTS_MAX}"
                deltas[table] = arrow_table(self._store.connection, suspects)
            raise _RollBack
        return deltas
