"""The row engine's open state: its lock and its readers."""

from __future__ import annotations

import errno
import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from materializers.engines.open_state import OpenState
from materializers.engines.pipeline_run import PipelineRun
from materializers.engines.refused_state import (
    REMOVE_IT,
    closed,
    full_disk,
    other_version,
    taken,
)
from materializers.engines.row_engine.entries import META, is_of_this_version, read_position
from materializers.engines.row_engine.runs import begin_run
from materializers.engines.rows.store.space import Space
from materializers.engines.rows.store.store import Reader, Store
from materializers.errors import StateError

_DISK = ("database or disk is full", "disk I/O error")
_REFUSED = ("unable to open database file", "readonly database", "permission")
_CLOSED = "closed database"


class StateFile:
    """Owns the store. `state`: its position, for all threads."""

    def __init__(self, path: Path, store: Store, lock: IO[bytes]) -> None:
        self.store, self._held = store, lock
        self.state = OpenState(path, read_position(self.meta))

    @classmethod
    def open(cls, path: Path) -> StateFile:
        """Open or create it. Raises StateError where another process uses it, or where it is
        damaged or of another version."""
        with state_errors(path, "Opening the state"):
            lock = _locked(path)
        try:
            with state_errors(path, "Opening the state"):
                store = Store.open(path)
                if is_of_this_version(store.space(META)):
                    return cls(path, store, lock)
            store.close()
            raise other_version(path)
        except BaseException:
            lock.close()
            raise

    @property
    def meta(self) -> Space:
        """The space of the state's entries (`entries.py`)."""
        return self.store.space(META)

    @property
    def path(self) -> Path:
        """The state file."""
        return self.state.path

    def reader(self) -> Reader:
        """A snapshot of the committed state, for any thread, which must close it. Raises StateError
        where the state is closed."""
        with self.state.held_open(), state_errors(self.path, "Reading the state"):
            return self.store.reader()

    @contextmanager
    def reading(self, what: str) -> Iterator[Reader]:
        """A reader for one answer, closed behind it. `what`: is being done. Raises StateError."""
        with closing(self.reader()) as reader, state_errors(self.path, what):
            yield reader

    def begin_run(self) -> PipelineRun:
        """Record a start of the pipeline that owns this state."""
        with state_errors(self.path, "Beginning a run"):
            return begin_run(self.store, self.path)

    def close(self) -> None:
        """Close the file. May be called more than once."""
        self.state.close(self._release)

    def _release(self) -> None:
        self.store.close()
        self._held.close()


@contextmanager
def whole_entries(path: Path) -> Iterator[None]:
    """Turn a failure to decode an entry into a StateError: SQLite does not notice all damage."""
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        what = f"Reading the state: the state file {path} cannot be used (damaged: {error})."
        raise StateError(what, fix=REMOVE_IT) from error


@contextmanager
def state_errors(path: Path, what: str) -> Iterator[None]:
    """Turn errors of SQLite, memory and disk into StateErrors. `what`: the step, for the
    message."""
    try:
        yield
    except MemoryError as error:
        raise StateError(
            f"{what}: not enough memory.", fix="give the process more, then start again"
        ) from error
    except (sqlite3.Error, OSError) as error:
        if _CLOSED in str(error):
            raise closed(path) from error
        is_full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        if is_full or any(words in str(error) for words in _DISK):
            raise full_disk(path, what, f" or fails ({error})") from error
        is_refused = isinstance(error, OSError) or any(w in str(error) for w in _REFUSED)
        fix = f"let the process read and write {path.parent} and its files"
        raise StateError(
            f"{what}: the state file {path} cannot be used ({error}).",
            fix=fix if is_refused else REMOVE_IT,
        ) from error


def _locked(path: Path) -> IO[bytes]:
    """Take the state's lock. It is a file of its own, because closing a second handle of the store
    would drop SQLite's locks."""
    lock = path.with_name(f"{path.name}.lock").open("ab")

    def take() -> IO[bytes] | None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return lock

    try:
        return taken(path, take)
    except BaseException:
        lock.close()
        raise
