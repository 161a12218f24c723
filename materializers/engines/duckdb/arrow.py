"""Reads the rows of a SELECT as Arrow."""

from __future__ import annotations

import duckdb
import pyarrow as pa


def arrow_table(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """All rows. DuckDB refuses `sql()` while an earlier result is not read to its end
    (ResourceInUseException, since 2.0), so that one is completed first."""
    connection.complete()
    return connection.sql(sql).to_arrow_table()
