"""The open state file: its connection, and its readers' cursors.

One thread writes, by `connection`; every reader has a cursor and a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.runs import begin_run
from materializers.engines.duckdb.state import open_state, read_position
from materializers.engines.duckdb.tables import Tables
from materializers.engines.open_state import OpenState
from materializers.engines.pipeline_run import PipelineRun


class Store:
    """Owns the file. `state`: its position, for all threads; `tables`: the input tables.
    `checks_nulls`: for tests, see `Run`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection = connection
        self.tables = Tables(connection)
        self.state = OpenState(path, read_position(connection))
        self.checks_nulls = False
        self._readers = connection.cursor()

    @classmethod
    def open(cls, path: Path, *, memory_limit: str = "", threads: int = 0) -> Store:
        """Open or create a state file; see `open_state`."""
        return cls(open_state(path, memory_limit=memory_limit, threads=threads), path)

    @property
    def path(self) -> Path:
        """The state file."""
        return self.state.path

    def run(self, changed: Mapping[str, str], widths: Mapping[str, int]) -> Run:
        """Begin a run in the present transaction; see `Run`."""
        return Run(self.connection, changed, widths, checks_nulls=self.checks_nulls)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A new cursor for a reader, in no transaction yet; raises StateError where the file is
        closed."""
        with self.state.held_open():
            return self._readers.cursor()

    def begin_run(self) -> PipelineRun:
        """Record a start of the pipeline that owns this state."""
        return begin_run(self.connection, self.path)

    def close(self) -> None:
        """Close the file. May be called more than once."""
        self.state.close(self._release)

    def _release(self) -> None:
        self._readers.close()
        self.connection.close()
