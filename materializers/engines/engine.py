"""The engine's contract: records in, batch by batch; each view's changes out, cut by cut.

`tests/contracts/engine_contract.py` holds every engine to these promises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from cdc.contract.schemas import TableSchema
from materializers.engines.applied import Applied
from materializers.engines.pipeline_run import PipelineRun
from materializers.engines.view_builder import ViewBuilder
from materializers.engines.view_reader import ViewReader
from materializers.intake.batch import Batch


class Engine(ViewReader, ViewBuilder, Protocol):
    """All views of a pipeline over one durable state. One thread applies batches and adds and
    removes views; any thread may read."""

    @property
    def offsets(self) -> Mapping[str, tuple[int, ...]]:
        """Topic -> the next offset to read per partition, stored with the rows."""

    @property
    def schemas(self) -> Mapping[str, TableSchema]:
        """The last known schema of every table (`schema.table`)."""

    def apply(self, batch: Batch) -> Applied:
        """Apply a batch: tables, views, their changes, the cut and the offsets are durable together
        when it returns. Records that were applied before change nothing.

        A view that fails stops alone, at its last good cut. A value that does not fit its column
        stops the views that read the column. Raises StateError where memory or disk do not suffice;
        then nothing has changed."""

    def trim(self, view: str, version: int) -> None:
        """Say that every sink has the changes up to that version; the next batch removes them. Any
        thread may call it."""

    def begin_run(self) -> PipelineRun:
        """Record a start of the pipeline that owns this state; durable when it returns."""

    def require_state(self) -> None:
        """Raise StateError where the state was removed or replaced while in use: writes would go to
        an unreachable file."""

    def close(self) -> None:
        """Release the state, and end all waits. May be called more than once."""


STATE_FILE = "pipeline.duckdb"
"""The state's file name in its folder."""

OpenEngine = Callable[[Path], Engine]
"""Opens or creates the state at a path. Raises StateError where another process uses it, or where
it is damaged or of another version."""
