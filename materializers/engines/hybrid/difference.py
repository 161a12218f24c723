"""The differences between a view's rows in two engines at one cut."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from materializers.difference import Difference
from materializers.duckdb_names import duckdb_names
from materializers.engines.duckdb.difference import difference as difference_of_tables
from materializers.engines.view_reader import ViewReader
from materializers.engines.whole_view import WholeView
from materializers.errors import StateError

_TIMEOUT_S = 60.0


def difference(here: ViewReader, there: ViewReader, view: str) -> Difference:
    """The differences; `here` has the expected rows. Raises StateError unless both are at one
    cut."""
    with duckdb.connect(":memory:") as connection:
        first = _loaded(connection, "here", here.whole(view, _TIMEOUT_S))
        second = _loaded(connection, "there", there.whole(view, _TIMEOUT_S))
        if first.cut.version != second.cut.version:
            lsns = f"{second.cut.lsn} there, at {first.cut.lsn} here"
            raise StateError(f"View {view} is at {lsns}.")
        return difference_of_tables(connection, first.schema, "here", "there")


def _loaded(connection: duckdb.DuckDBPyConnection, table: str, whole: WholeView) -> WholeView:
    """The view's rows in a table of that name."""
    try:
        names = duckdb_names(whole.types.names)
        fields = zip(whole.types, names, strict=True)
        types = pa.schema([field.with_name(name) for field, name in fields])
        batches = (batch.rename_columns(names) for batch in whole.batches)
        rows = pa.RecordBatchReader.from_batches(types, batches)
        connection.execute(f"CREATE TABLE {table} AS FROM rows")
        del rows  # DuckDB finds it by its name
    finally:
        whole.close()
    return whole
