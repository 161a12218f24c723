"""A view as a whole at one cut, read by whoever asks."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from cdc.contract.cut import Cut
from materializers.view import ViewSchema


@dataclass(frozen=True, slots=True)
class WholeView:
    """`reader` streams the rows as of `cut`, out of a transaction that is held until `close`."""

    cut: Cut
    schema: ViewSchema
    reader: pa.RecordBatchReader
    cursor: duckdb.DuckDBPyConnection

    def close(self) -> None:
        self.cursor.close()
