"""The pipeline's identity and its runs, as recorded in the state file.

The identity is created with the state. Each start of `materialize` is a run and is recorded, so
that a later run recognizes sinks that were claimed by a former run of this state.
"""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

import duckdb

from materializers.engines.pipeline_run import PipelineRun
from materializers.writer import Writer

RUNS_KEPT = 10_000
_TABLES = """
CREATE TABLE IF NOT EXISTS rederive.pipeline (identity VARCHAR);
CREATE TABLE IF NOT EXISTS rederive.runs (number BIGINT, run VARCHAR);
"""


def begin_run(connection: duckdb.DuckDBPyConnection, path: Path) -> PipelineRun:
    """Record a run of the pipeline with the state file `path`; durable when it returns."""
    connection.execute(_TABLES)
    rows = connection.execute("SELECT number, run FROM rederive.runs ORDER BY number").fetchall()
    run, number = secrets.token_hex(8), rows[-1][0] + 1 if rows else 1
    connection.execute("INSERT INTO rederive.runs VALUES (?, ?)", [number, run])
    connection.execute("DELETE FROM rederive.runs WHERE number <= ?", [number - RUNS_KEPT])
    folder, inode = str(path.resolve().parent), path.stat().st_ino
    identity = _identity(connection)
    writer = Writer(identity, run, socket.gethostname(), folder, inode, os.getpid())
    return PipelineRun(writer, frozenset(row[1] for row in rows))


def _identity(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("SELECT identity FROM rederive.pipeline").fetchone()
    if row is not None:
        return str(row[0])
    identity = secrets.token_hex(8)
    connection.execute("INSERT INTO rederive.pipeline VALUES (?)", [identity])
    return identity
