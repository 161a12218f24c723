"""One start of a pipeline, as its engine's state remembers it."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.writer import Writer


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One start, and the runs of the same state before it; a copy shares those before it was
    made."""

    writer: Writer
    former: frozenset[str]
