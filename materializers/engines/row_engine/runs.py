"""The pipeline's identity and its runs, as recorded in the state; see `engines/duckdb/runs.py`."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

import orjson

from materializers.engines.pipeline_run import PipelineRun
from materializers.engines.row_engine.entries import META
from materializers.engines.rows.store.store import Store
from materializers.writer import Writer

RUNS_KEPT = 10_000
_PIPELINE, _RUNS = b"pipeline", b"runs"


def begin_run(store: Store, path: Path) -> PipelineRun:
    """Record a run of the pipeline with the state file `path`; durable when it returns."""
    meta = store.space(META)
    known = meta.get([_PIPELINE, _RUNS])
    identity = known.get(_PIPELINE, secrets.token_hex(8).encode())
    former, run = orjson.loads(known.get(_RUNS, b"[]")), secrets.token_hex(8)
    with store.transaction():
        runs = orjson.dumps([*former, run][-RUNS_KEPT:])
        meta.write({_PIPELINE: identity, _RUNS: runs})
    folder, inode = str(path.resolve().parent), path.stat().st_ino
    writer = Writer(identity.decode(), run, socket.gethostname(), folder, inode, os.getpid())
    return PipelineRun(writer, frozenset(former))
