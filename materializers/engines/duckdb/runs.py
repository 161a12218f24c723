"""The pipeline's identity and its runs, as recorded in the state file."""

from __future__ import annotations

from pathlib import Path

import duckdb

from materializers.engines.pipeline_run import RUNS_STORED, PipelineRun, new_identity

_TABLES = """
CREATE TABLE IF NOT EXISTS rederive.pipeline (identity VARCHAR);
CREATE TABLE IF NOT EXISTS rederive.runs (number BIGINT, run VARCHAR);
"""


def begin_run(connection: duckdb.DuckDBPyConnection, path: Path) -> PipelineRun:
    """Record a run of the pipeline with the state file `path`; durable when it returns."""
    connection.execute(_TABLES)
    rows = connection.execute("SELECT number, run FROM rederive.runs ORDER BY number").fetchall()
    number = rows[-1][0] + 1 if rows else 1
    begun = PipelineRun.begun(path, _identity(connection), (run for _, run in rows))
    connection.execute("INSERT INTO rederive.runs VALUES (?, ?)", [number, begun.writer.run])
    connection.execute("DELETE FROM rederive.runs WHERE number <= ?", [number - RUNS_STORED])
    return begun


def _identity(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("SELECT identity FROM rederive.pipeline").fetchone()
    if row is not None:
        return str(row[0])
    identity = new_identity()
    connection.execute("INSERT INTO rederive.pipeline VALUES (?)", [identity])
    return identity
