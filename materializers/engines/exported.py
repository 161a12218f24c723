"""An exported state: what another engine builds the same views from, at one cut.

The rows are in Parquet files. Columns are named by their position: c0, c1, …
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cdc.contract.schemas import TableSchema
from materializers.engines.position import Position
from materializers.engines.stored_view import StoredView


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """The rows of a captured table. `columns`: the stored ones, in the file's order."""

    path: Path
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Exported:
    """`position`: an exact one; `schemas`: of the tables as of then; `views`: with their builds,
    and no changes in their outboxes; `tables`: by name."""

    position: Position
    schemas: Mapping[str, TableSchema]
    views: tuple[StoredView, ...]
    tables: Mapping[str, ExportedTable]

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(table.rows for table in self.tables.values())
