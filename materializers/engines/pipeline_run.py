"""One start of a pipeline, as recorded in its state."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from materializers.writer import Writer

RUNS_STORED = 10_000
"""How many runs a state records; a later run recognizes sinks that one of them claimed."""


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One start, and the earlier runs of the same state. A copy of a state shares the runs before
    the copy."""

    writer: Writer
    former: frozenset[str]

    @classmethod
    def begun(cls, path: Path, pipeline: str, former: Iterable[str]) -> PipelineRun:
        """A new run of the pipeline with that identity, over the state file `path`."""
        folder, inode = str(path.resolve().parent), path.stat().st_ino
        run, host = secrets.token_hex(8), socket.gethostname()
        return cls(Writer(pipeline, run, host, folder, inode, os.getpid()), frozenset(former))


def new_identity() -> str:
    """A pipeline's random identity, created with its state."""
    return secrets.token_hex(8)
