"""The row engine's open state: its lock, its readers, and its position."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from materializers.engines.pipeline_run import PipelineRun
from materializers.engines.position import Position
from materializers.engines.row_engine.entries import META, is_of_this_version, read_position
from materializers.engines.row_engine.runs import begin_run
from materializers.engines.rows.store.space import Space
from materializers.engines.rows.store.store import Reader, Store
from materializers.errors import StateError

IN_USE_WAIT_S = 3.0
IN_USE_POLL_S = 0.1
_DISK = ("database or disk is full", "disk I/O error")
_REFUSED = ("unable to open database file", "readonly database", "permission")
_CLOSED = "closed database"

REMOVE_IT = (
    "remove the state folder and start with `rederive materialize --take-over`: "
    "everything in it is built again from the topics"
)


class StateFile:
    """Owns the store. `position`: as last committed; `moved`: notified when it changes, and when
    the store is closed."""

    def __init__(self, path: Path, store: Store, lock: IO[bytes]) -> None:
        self.path, self.store, self._held = path, store, lock
        self.position = read_position(self.meta)
        self.moved = threading.Condition()
        self.is_closed = False
        self._identity = _identity(path)

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
    def newest_version(self) -> int:
        """The last cut's version. Changes of an incomplete later cut count as the next version."""
        if self.position.cut is None:
            return 0
        return self.position.cut.version + (not self.position.is_exact)

    def reached(self, position: Position) -> None:
        """Set the committed position, and wake those who wait for it."""
        self.position = position
        self._notify()

    def reader(self) -> Reader:
        """A snapshot of the committed state, for any thread, which must close it. Raises StateError
        where the state is closed."""
        with self.moved:
            if self.is_closed:
                raise StateError(f"The state file {self.path} is closed.")
            with state_errors(self.path, "Reading the state"):
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

    def require_file(self) -> None:
        """Raise StateError where the file was removed or replaced: writes would go to an
        unreachable file."""
        if _identity(self.path) != self._identity:
            raise StateError(
                f"The state file {self.path} was removed while in use.",
                fix="start again with `rederive materialize --take-over`: all views are rebuilt",
            )

    def close(self) -> None:
        """Close the file. May be called more than once."""
        with self.moved:
            if self.is_closed:
                return
            self.is_closed = True
            self.store.close()
            self._held.close()
        self._notify()

    def _notify(self) -> None:
        with self.moved:
            self.moved.notify_all()


def other_version(path: Path) -> StateError:
    """The file holds what this version does not keep."""
    return StateError(
        f"The state file {path} was written by another version of Rederive.", fix=REMOVE_IT
    )


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
            raise StateError(f"The state file {path} is closed.") from error
        is_full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        if is_full or any(words in str(error) for words in _DISK):
            raise StateError(
                f"{what}: the disk of {path.parent} is full or fails ({error}).",
                fix=f"free space in {path.parent}, then start again: it goes on from the last cut",
            ) from error
        is_refused = isinstance(error, OSError) or any(w in str(error) for w in _REFUSED)
        fix = f"let the process read and write {path.parent} and its files"
        raise StateError(
            f"{what}: the state file {path} cannot be used ({error}).",
            fix=fix if is_refused else REMOVE_IT,
        ) from error


def _locked(path: Path) -> IO[bytes]:
    """Take the state's lock; waits a moment for another command that reads the state. The lock is a
    file of its own, because closing a second handle of the store would drop SQLite's locks."""
    deadline = time.monotonic() + IN_USE_WAIT_S
    lock = path.with_name(f"{path.name}.lock").open("ab")
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                raise StateError(
                    f"The state file {path} is in use by another process.",
                    fix="stop the other process, or ask it (`rederive status`)",
                ) from None
        time.sleep(IN_USE_POLL_S)


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of the file; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
