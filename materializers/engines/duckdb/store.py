"""The open state file: its connection, and its readers' cursors.

One thread writes, by `connection`; every reader has a cursor and a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.runs import begin_run
from materializers.engines.duckdb.shortage import state_error
from materializers.engines.duckdb.state import open_state, read_position
from materializers.engines.duckdb.tables import Tables
from materializers.engines.open_state import OpenState
from materializers.engines.pipeline_run import PipelineRun
from materializers.engines.refused_state import closed


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

    @contextmanager
    def reading(self, step: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor in a transaction of its own, closed behind the block; see `errors`."""
        with closing(self.cursor()) as cursor, self.errors(step):
            cursor.execute("BEGIN")
            yield cursor

    @contextmanager
    def errors(self, step: str) -> Iterator[None]:
        """Raise a reader's errors as StateErrors, but for CatalogException: a table was dropped
        since the catalogue of views was read."""
        try:
            yield
        except duckdb.CatalogException:
            raise
        except (duckdb.Error, pa.ArrowException, MemoryError, OSError) as error:
            if self.state.is_closed:
                raise closed(self.path) from error
            raise state_error(error, self.path, step) from error

    def begin_run(self) -> PipelineRun:
        """Record a start of the pipeline that owns this state."""
        return begin_run(self.connection, self.path)

    def close(self) -> None:
        """Close the file. May be called more than once."""
        self.state.close(self._release)

    def _release(self) -> None:
        self._readers.close()
        self.connection.close()
