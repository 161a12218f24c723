"""The state file while it is open: who may read and write it, and how far it is.

One thread writes, by `connection`; every reader has a cursor, and with it a transaction, of its
own.
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
    """Owns the file. `tables`: the input tables; `position`: as last committed; `moved` is notified
    when it changes, and when the file is closed. `checks_nulls`: for tests, as `Run` says."""

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
        """Open or make a state file; see `open_state`."""
        return cls(open_state(path, memory_limit=memory_limit, threads=threads), path)

    @property
    def newest_version(self) -> int:
        """No outbox has changes of a later version but for those on the way to the next cut, which
        count as the version after the last one."""
        if self.position.cut is None:
            return 0
        return self.position.cut.version + (not self.position.is_exact)

    def run(self, changed: Mapping[str, str], widths: Mapping[str, int]) -> Run:
        """A run of operators in the present transaction; see `Run`."""
        return Run(self.connection, changed, widths, checks_nulls=self.checks_nulls)

    def reached(self, position: Position) -> None:
        """The position that was committed; whoever waits for it looks again."""
        self.position = position
        self._notify()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A reader's own, in no transaction yet; raises StateError where the file is closed."""
        with self._lock:
            if self.is_closed:
                raise StateError(f"The state file {self.path} is closed.")
            return self._readers.cursor()

    def begin_run(self) -> PipelineRun:
        """Another start of the pipeline whose state this is."""
        return begin_run(self.connection, self.path)

    def require_file(self) -> None:
        """Raise StateError where the state file was removed or replaced: all that is written goes
        to the one that nobody can find any longer."""
        if _identity(self.path) != self._file:
            raise StateError(
                f"The state file {self.path} was removed while in use.",
                fix="start again with `rederive materialize --take-over`: all is built anew",
            )

    def close(self) -> None:
        """Release the file; may be called more than once."""
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
    """Which file stands there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
