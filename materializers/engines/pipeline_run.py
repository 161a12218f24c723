"""One start of a pipeline, as recorded in its state."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.writer import Writer


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One start, and the earlier runs of the same state. A copy of a state shares the runs before
    the copy."""

    writer: Writer
    former: frozenset[str]
