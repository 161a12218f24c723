"""Reads the rows of a SELECT as Arrow."""

from __future__ import annotations

import duckdb
import pyarrow as pa


def arrow_table(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """All rows. An earlier result need not have been read to its end, which `sql()` alone demands
    (ResourceInUseException since DuckDB 2.0)."""
    connection.complete()
    return connection.sql(sql).to_arrow_table()
