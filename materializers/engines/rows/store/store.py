"""The state of a row engine: spaces of bytes in one SQLite file.

One thread writes, one transaction a batch. Readers see the version at which they began, while the
writer goes on (WAL). `synchronous=NORMAL`: a power cut may lose the last transactions, but never a
part of one; positions are lost with the rows, so that the records are read again.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from materializers.engines.rows.store.space import Space

# Changed rows are far apart, and each writes its page to the log: pages of 4096 bytes take 1.5
# times as long. Smaller ones than these would put a row of 250 bytes on pages of its own.
# A long log costs 64 MB of disk, and pages that change often are written back once.
# Deleted rows are not overwritten with zeros: the topics have them too.
_SETTINGS = (
    "page_size = 2048",
    "journal_mode = wal",
    "synchronous = normal",
    "cache_size = -65536",
    "mmap_size = 1073741824",
    "wal_autocheckpoint = 32000",
    "secure_delete = off",
    "temp_store = memory",
)
_STATEMENTS_MAX = 1024
_CATALOGUE = "CREATE TABLE IF NOT EXISTS spaces (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL)"


class Reader:
    """A snapshot of all spaces, which `close` releases. `done`: takes the connection back."""

    def __init__(
        self, connection: sqlite3.Connection, done: Callable[[sqlite3.Connection], None]
    ) -> None:
        self._connection, self._done = connection, done
        self._cursors: list[sqlite3.Cursor] = []
        self._is_closed = False

    def space(self, name: str) -> Space | None:
        """The space of that name; None where there was none."""
        number = _number(self._connection, name)
        return None if number is None else Space(self, _table(number))

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Look into the version."""
        cursor = self._connection.execute(sql, values)
        self._cursors.append(cursor)
        return cursor

    def executemany(self, sql: str, values: Iterable[Sequence[object]]) -> sqlite3.Cursor:
        raise AssertionError("a reader writes nothing")

    def close(self) -> None:
        """Release the snapshot; may be called more than once. Cursors that were not read to the end
        are closed: they would hold the old snapshot for the connection's next user."""
        if not self._is_closed:
            self._is_closed = True
            for cursor in self._cursors:
                cursor.close()
            self._done(self._connection)


class Store:
    """Opened by `open`. All methods except `reader` are for one thread. `is_in_transaction`:
    whether it has begun a transaction."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._spaces: dict[str, Space] = {}
        self.is_in_transaction = self._is_closed = False
        self._readers: list[sqlite3.Connection] = []
        self._lent = 0
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open or create the file. Raises sqlite3.Error."""
        return cls.opened(path, _SETTINGS)

    @classmethod
    def opened(cls, path: Path, settings: Iterable[str]) -> Self:
        """The same with other settings of SQLite's."""
        connection = _connected(path, settings)
        connection.execute(_CATALOGUE)
        return cls(path, connection)

    def space(self, name: str) -> Space:
        """The space of that name, created if missing."""
        if name not in self._spaces:
            number = _number(self._connection, name)
            if number is None:
                number = self._make(name)
            self._spaces[name] = self._made(_table(number))
        return self._spaces[name]

    def _made(self, table: str) -> Space:
        return Space(self._connection, table)

    def _make(self, name: str) -> int:
        """Create its name and its table together, in the open transaction or in one of their
        own."""
        execute = self._connection.execute
        execute("SAVEPOINT space")
        execute("INSERT INTO spaces (name) VALUES (?)", (name,))
        number = _number(self._connection, name)
        assert number is not None, "it was written just now"
        columns = "k BLOB PRIMARY KEY, v BLOB NOT NULL"
        execute(f"CREATE TABLE {_table(number)} ({columns}) WITHOUT ROWID")
        execute("RELEASE space")
        return number

    def drop(self, name: str) -> None:
        """Remove a space, if it exists."""
        number = _number(self._connection, name)
        self._spaces.pop(name, None)
        if number is not None:
            self._connection.execute(f"DROP TABLE {_table(number)}")
            self._connection.execute("DELETE FROM spaces WHERE id = ?", (number,))

    def rename(self, name: str, to: str) -> None:
        """Rename a space; the new name must be free."""
        self._spaces.pop(name, None)
        self._connection.execute("UPDATE spaces SET name = ? WHERE name = ?", (to, name))

    def names(self) -> frozenset[str]:
        """The names of all spaces."""
        return frozenset(name for (name,) in self._connection.execute("SELECT name FROM spaces"))

    def sync(self) -> None:
        """Make everything committed safe from a power cut."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction: committed at the end of the block, rolled back where it raises. A nested
        one is part of the outer one."""
        if self.is_in_transaction:
            yield
            return
        self.is_in_transaction = True
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.rollback()  # a COMMIT that the disk has no room for leaves it open
            self._spaces.clear()
            raise
        finally:
            self.is_in_transaction = False

    def reader(self) -> Reader:
        """A snapshot of the committed state; any thread may open and use it."""
        with self._lock:
            connection = self._readers.pop() if self._readers else _connected(_there(self.path))
            self._lent += 1
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM spaces").fetchone()  # the snapshot begins here
        return Reader(connection, self._released)

    @property
    def is_read(self) -> bool:
        """Whether a snapshot is open."""
        return self._lent > 0

    def _released(self, connection: sqlite3.Connection) -> None:
        """End the snapshot. A reader's connection is expensive to open, and is used again."""
        with self._lock:
            self._lent -= 1
            if self._is_closed:
                connection.close()
            else:
                connection.rollback()
                self._readers.append(connection)

    def close(self) -> None:
        """Close the file, except for readers' connections, until these are closed. May be called
        more than once."""
        with self._lock:
            self._is_closed = True
            for each in self._readers:
                each.close()
            self._readers = []
        self._connection.close()


def remove_logs(path: Path) -> None:
    """Remove what SQLite keeps beside a closed file that is to be replaced: it would take it for
    the new file's."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _there(path: Path) -> str:
    """The name of a file that is not made where there is none."""
    return f"{path.absolute().as_uri()}?mode=rw"


def _connected(path: Path | str, settings: Iterable[str] = _SETTINGS) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        uri=isinstance(path, str),
        isolation_level=None,
        cached_statements=_STATEMENTS_MAX,
        check_same_thread=False,
    )
    for setting in settings:
        connection.execute(f"PRAGMA {setting}")
    return connection


def _number(connection: sqlite3.Connection, name: str) -> int | None:
    row = connection.execute("SELECT id FROM spaces WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def _table(number: int) -> str:
    return f"s{number}"
