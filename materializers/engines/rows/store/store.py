"""The state of a row engine: spaces of bytes in one SQLite file.

One thread writes, one transaction a batch. Readers hold the version at which they began, while
the writer goes on (WAL). `synchronous=NORMAL`: a power cut may lose the last transactions as a
whole, never part of one, and positions are lost with the rows, so that they are read again.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from materializers.engines.rows.store.space import Space

# A long log costs 64 MB of disk, and pages that change often are written back once
_SETTINGS = (
    "journal_mode = wal",
    "synchronous = normal",
    "cache_size = -65536",
    "mmap_size = 1073741824",
    "wal_autocheckpoint = 16000",
    "temp_store = memory",
)
_STATEMENTS_MAX = 1024
_CATALOGUE = "CREATE TABLE IF NOT EXISTS spaces (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL)"


class Reader:
    """All spaces as they were when it was made; closed, it lets go of that version. `done`: takes
    the connection back."""

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
        found = self._connection.execute(sql, values)
        self._cursors.append(found)
        return found

    def executemany(self, sql: str, values: Iterable[Sequence[object]]) -> sqlite3.Cursor:
        raise AssertionError("a reader writes nothing")

    def close(self) -> None:
        """Release the version; may be called more than once. What is still being read ends here:
        a cursor that is not read to its end would hold the version for who has the connection
        next."""
        if not self._is_closed:
            self._is_closed = True
            for cursor in self._cursors:
                cursor.close()
            self._done(self._connection)


class Store:
    """Opened with `open`; all but `reader` is for one thread. `is_in_transaction`: whether that
    thread has begun one."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._spaces: dict[str, Space] = {}
        self.is_in_transaction = self._is_closed = False
        self._readers: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open or make the file. Raises sqlite3.Error."""
        connection = _connected(path)
        connection.execute(_CATALOGUE)
        return cls(path, connection)

    def space(self, name: str) -> Space:
        """The space of that name, made where there is none."""
        if name not in self._spaces:
            number = _number(self._connection, name)
            if number is None:
                number = self._make(name)
            self._spaces[name] = Space(self._connection, _table(number))
        return self._spaces[name]

    def _make(self, name: str) -> int:
        """Its name and its table come together, within a transaction or by themselves."""
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
        """Remove a space, where there is one."""
        number = _number(self._connection, name)
        self._spaces.pop(name, None)
        if number is not None:
            self._connection.execute(f"DROP TABLE {_table(number)}")
            self._connection.execute("DELETE FROM spaces WHERE id = ?", (number,))

    def rename(self, name: str, to: str) -> None:
        """Give a space another name, which is free."""
        self._spaces.pop(name, None)
        self._connection.execute("UPDATE spaces SET name = ? WHERE name = ?", (to, name))

    def names(self) -> frozenset[str]:
        """Those of all spaces."""
        return frozenset(name for (name,) in self._connection.execute("SELECT name FROM spaces"))

    def sync(self) -> None:
        """Let no power cut take what was committed."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written within becomes durable together, or not at all where it raises. One
        within another is a part of that."""
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
        """The state as the last transaction left it; any thread may ask and use it."""
        with self._lock:
            connection = self._readers.pop() if self._readers else _connected(_there(self.path))
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM spaces").fetchone()  # holds the version from here
        return Reader(connection, self._released)

    def _released(self, connection: sqlite3.Connection) -> None:
        """Let go of the version. A reader's connection is dear to open, and is used again."""
        with self._lock:
            if self._is_closed:
                connection.close()
            else:
                connection.rollback()
                self._readers.append(connection)

    def close(self) -> None:
        """Release the file, but for what readers hold until they are closed; may be called more
        than once."""
        with self._lock:
            self._is_closed = True
            for each in self._readers:
                each.close()
            self._readers = []
        self._connection.close()


def _there(path: Path) -> str:
    """The name of a file that is not made where there is none."""
    return f"{path.absolute().as_uri()}?mode=rw"


def _connected(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        uri=isinstance(path, str),
        isolation_level=None,
        cached_statements=_STATEMENTS_MAX,
        check_same_thread=False,
    )
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    return connection


def _number(connection: sqlite3.Connection, name: str) -> int | None:
    row = connection.execute("SELECT id FROM spaces WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def _table(number: int) -> str:
    return f"s{number}"
