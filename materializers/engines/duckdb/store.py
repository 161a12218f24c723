"""The open state file: its connection, its readers' cursors, and its position.

One thread writes, by `connection`; every reader has a cursor and a transaction of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import duckdb

from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.runs import begin_run
from materializers.engines.duckdb.state import open_state, read_position
from materializers.engines.duckdb.tables import Tables
from materializers.engines.pipeline_run import PipelineRun
from materializers.engines.position import Position
from materializers.errors import StateError


class Store:
    """Owns the file. `tables`: the input tables; `position`: as last committed; `moved`: notified
    when it changes, and when the file is closed. `checks_nulls`: for tests, see `Run`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection, self.path = connection, path
        self.tables = Tables(connection)
        self.position = read_position(connection)
        self.moved = threading.Condition()
        self.checks_nulls = False
        self.is_closed = False
        self._readers = connection.cursor()
        self._lock = threading.Lock()
        self._file = _identity(path)

    @classmethod
    def open(cls, path: Path, *, memory_limit: str = "", threads: int = 0) -> Store:
        """Open or create a state file; see `open_state`."""
        return cls(open_state(path, memory_limit=memory_limit, threads=threads), path)

    @property
    def newest_version(self) -> int:
        """The last cut's version. Changes of an incomplete later cut count as the next version."""
        if self.position.cut is None:
            return 0
        return self.position.cut.version + (not self.position.is_exact)

    def run(self, changed: Mapping[str, str], widths: Mapping[str, int]) -> Run:
        """Begin a run in the present transaction; see `Run`."""
        return Run(self.connection, changed, widths, checks_nulls=self.checks_nulls)

    def reached(self, position: Position) -> None:
        """Set the committed position, and wake those who wait for it."""
        self.position = position
        self._notify()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A new cursor for a reader, in no transaction yet; raises StateError where the file is
        closed."""
        with self._lock:
            if self.is_closed:
                raise StateError(f"The state file {self.path} is closed.")
            return self._readers.cursor()

    def begin_run(self) -> PipelineRun:
        """Record a start of the pipeline that owns this state."""
        return begin_run(self.connection, self.path)

    def require_file(self) -> None:
        """Raise StateError where the state file was removed or replaced: writes would go to an
        unreachable file."""
        if _identity(self.path) != self._file:
            raise StateError(
                f"The state file {self.path} was removed while in use.",
                fix="start again with `rederive materialize --take-over`: all views are rebuilt",
            )

    def close(self) -> None:
        """Close the file. May be called more than once."""
        with self._lock:
            if not self.is_closed:
                self.is_closed = True
                self._readers.close()
                self.connection.close()
        self._notify()

    def _notify(self) -> None:
        with self.moved:
            self.moved.notify_all()


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of the file; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
