"""The files of an export, read in order and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from materializers.sql.types.expression import text_literal

ROWS_PER_BATCH = 20_000
SORT_MEMORY = "256MB"


class ExportedFiles:
    """`folder`: for what does not fit into memory while it is sorted."""

    def __init__(self, folder: Path) -> None:
        self._connection = duckdb.connect()
        for setting in (
            f"memory_limit = '{SORT_MEMORY}'",
            f"temp_directory = {text_literal(str(folder / 'sorting'))}",
            "threads = 1",
            "TimeZone = 'UTC'",
            "enable_progress_bar = false",
        ):
            self._connection.execute(f"SET {setting}")

    def batches(self, path: Path, places: tuple[int, ...]) -> Iterator[pa.RecordBatch]:
        """The rows of a file, sorted by the columns at these places. The file is removed behind
        them: rows are on disk twice, not three times."""
        by = ", ".join(f"c{place}" for place in places)
        records = self._connection.sql(
            f"SELECT * FROM read_parquet({text_literal(str(path))}) ORDER BY {by}"
        )
        yield from records.to_arrow_reader(ROWS_PER_BATCH)
        path.unlink()
