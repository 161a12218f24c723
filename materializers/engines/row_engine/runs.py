"""The pipeline's identity and its runs, as recorded in the state."""

from __future__ import annotations

from pathlib import Path

import orjson

from materializers.engines.pipeline_run import RUNS_STORED, PipelineRun, new_identity
from materializers.engines.row_engine.entries import META
from materializers.engines.rows.store.store import Store

_PIPELINE, _RUNS = b"pipeline", b"runs"


def begin_run(store: Store, path: Path) -> PipelineRun:
    """Record a run of the pipeline with the state file `path`; durable when it returns."""
    meta = store.space(META)
    known = meta.get([_PIPELINE, _RUNS])
    identity = known.get(_PIPELINE, new_identity().encode())
    former = orjson.loads(known.get(_RUNS, b"[]"))
    begun = PipelineRun.begun(path, identity.decode(), former)
    with store.transaction():
        runs = orjson.dumps([*former, begun.writer.run][-RUNS_STORED:])
        meta.write({_PIPELINE: identity, _RUNS: runs})
    return begun
