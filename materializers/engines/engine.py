"""What keeps views: records in, batch by batch; what changed in each view out, cut by cut.

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
    """All views of a pipeline over one durable state. One thread applies batches and changes which
    views there are; any thread may read."""

    @property
    def offsets(self) -> Mapping[str, tuple[int, ...]]:
        """Topic -> the next offset to read per partition, stored with the rows."""

    @property
    def schemas(self) -> Mapping[str, TableSchema]:
        """Every table (`schema.table`) as last seen."""

    def apply(self, batch: Batch) -> Applied:
        """Move all by a batch: tables, views, their changes, the cut and the offsets are durable
        together when it returns. Records that were applied before change nothing.

        A view that fails stops alone, at its last good cut; so do the views that read a column
        which cannot take a value. Raises StateError where memory or disk do not suffice; nothing
        has moved then."""

    def trim(self, view: str, version: int) -> None:
        """Every sink has the changes up to that version: the next batch removes them. Any thread
        may call it."""

    def begin_run(self) -> PipelineRun:
        """Another start of the pipeline whose state this is; durable when it returns."""

    def require_state(self) -> None:
        """Raise StateError where the state was removed or replaced while in use: all that is
        written goes to what nobody can find any longer."""

    def close(self) -> None:
        """Release the state, and end all waiting; may be called more than once."""


STATE_FILE = "pipeline.duckdb"
"""The name of a state in its folder."""

OpenEngine = Callable[[Path], Engine]
"""Opens or makes the state at a path. Raises StateError where somebody else holds it, where it is
damaged, or of another version."""
