"""A type of sink of one's own: a view in a SQLite file.

Generation 3 of table `orders` is the table `orders_g3`: a key and a JSON array of the row's values.
Readers use the view `orders`, which stands for the live generation. A step, its cut and the
comparison of the owner are one transaction: effect and position commit together. Rows are first
gathered in a temporary table, for a transaction would keep every other writer of the file waiting.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager

import pyarrow as pa

from rederive.sinks import (
    Generation,
    JsonRows,
    Options,
    Owner,
    PlainRow,
    SinkConnection,
    SinkDefinition,
    SinkError,
    SinkType,
    Step,
    ViewSchema,
    Writer,
    claimed_meanwhile,
    lost_to,
    other_sinks,
)

LOCK_TIMEOUT_S = 10.0
PASSING = (
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
)  # fmt: skip
TABLES = """
CREATE TABLE IF NOT EXISTS rederive_owners (
    place TEXT PRIMARY KEY, sink TEXT, writer TEXT, epoch INTEGER, tenure TEXT,
    signed REAL, has_ended INTEGER);
CREATE TABLE IF NOT EXISTS rederive_generations (
    place TEXT, number INTEGER, version INTEGER, cut TEXT, is_live INTEGER,
    PRIMARY KEY (place, number));
CREATE TEMP TABLE IF NOT EXISTS came (key TEXT, row TEXT);
CREATE TEMP TABLE IF NOT EXISTS gone (key TEXT);
"""


class SqliteSink:
    """One view in one table; `settings`: file, `definition.options`: table, key. SQLite takes every
    row, so none is refused."""

    def __init__(
        self,
        definition: SinkDefinition,
        connection: SinkConnection,
        schema: ViewSchema,
        writer: Writer | None = None,
    ) -> None:
        options = Options(definition, ("table", "key"))
        options.key(schema)
        self._file = str(connection.settings.get("file", ""))
        if not self._file:
            raise SinkError(f"[sink.{connection.name}] names no file.", fix="add file = '…'.")
        folded = [column.name.lower() for column in schema.columns]
        if len(set(folded)) < len(folded):
            raise options.error(
                "SQLite takes columns whose names differ by case only for one",
                "rename them in the view, with AS",
            )
        self._place = options.text("table", definition.view)
        self._sink, self._schema, self._writer = definition.name, schema, writer
        self._rows = JsonRows(schema)
        self._database: sqlite3.Connection | None = None

    # ------------------------------------------------------------------ its owner

    def owner(self) -> Owner | None:
        with self._transaction("DEFERRED") as database:
            return self._owner(database)

    def claim(self, tenure: str, over: Owner | None) -> None:
        assert self._writer is not None, "opened for reading"
        with self._transaction("IMMEDIATE") as database:
            present = self._owner(database)
            if present is not None and present.writer.run == self._writer.run:
                return
            if (present.epoch if present else 0) != (over.epoch if over else 0):
                raise claimed_meanwhile(self._sink)
            epoch = over.epoch + 1 if over else 1
            database.execute(
                "INSERT OR REPLACE INTO rederive_owners VALUES (?, ?, ?, ?, ?, ?, 0)",
                [self._place, self._sink, self._writer.to_json(), epoch, tenure, time.time()],
            )

    def sign(self, *, has_ended: bool = False) -> None:
        with self._change() as database:
            database.execute(
                "UPDATE rederive_owners SET signed = ?, has_ended = ? WHERE place = ?",
                [time.time(), has_ended, self._place],
            )

    def _owner(self, database: sqlite3.Connection) -> Owner | None:
        row = database.execute(
            "SELECT sink, writer, epoch, tenure, signed, has_ended FROM rederive_owners"
            " WHERE place = ?", [self._place],
        ).fetchone()  # fmt: skip
        if row is None:
            return None
        sink, writer, epoch, tenure, signed, has_ended = row
        if sink != self._sink:
            raise other_sinks(f"table {self._place} in {self._file}", self._sink)
        return Owner(Writer.from_json(writer), epoch, tenure, time.time() - signed, bool(has_ended))

    # ------------------------------------------------------------------ generations

    def generations(self) -> Mapping[int, Generation]:
        with self._transaction("DEFERRED") as database:
            return self._generations(database)

    def create(self, number: int) -> None:
        with self._change() as database:
            self._remove(database, number)
            database.execute(f"CREATE TABLE {self._table(number)} (key TEXT PRIMARY KEY, row TEXT)")
            database.execute(
                "INSERT INTO rederive_generations VALUES (?, ?, -1, '', 0)", [self._place, number]
            )

    def write(self, number: int, step: Step) -> None:
        self._gather(step)
        with self._change() as database:
            if step.version < self._generation(database, number).version:
                return
            table = self._table(number)
            database.execute(f"DELETE FROM {table} WHERE key IN (SELECT key FROM gone)")
            database.execute(f"INSERT OR REPLACE INTO {table} SELECT key, row FROM came")
            step.refusals.settle()
            database.execute(
                "UPDATE rederive_generations SET version = ?, cut = ?"
                " WHERE place = ? AND number = ?", [step.version, step.cut, self._place, number],
            )  # fmt: skip

    def switch(self, number: int) -> None:
        with self._change() as database:
            self._switch(database, number)

    def rehearse(self, number: int) -> None:
        with self._change(is_kept=False) as database:
            self._switch(database, number)

    def drop(self, number: int) -> None:
        with self._change() as database:
            self._remove(database, number)

    def holds_rows(self, number: int) -> bool:
        with self._transaction("DEFERRED") as database:
            row = database.execute(f"SELECT EXISTS (SELECT 1 FROM {self._table(number)})")
            return bool(row.fetchone()[0])

    def scan(self, number: int) -> Iterable[PlainRow]:
        # A connection of its own: a scan that is left half-way holds up nothing.
        with _translated(self._file), closing(self._connected()) as database:
            self._generation(database, number)
            for (text,) in database.execute(f"SELECT row FROM {self._table(number)}"):
                yield self._rows.of_array(text)

    def close(self) -> None:
        self._rows.close()
        if self._database is not None:
            self._database.close()

    def _generations(self, database: sqlite3.Connection) -> dict[int, Generation]:
        rows = database.execute(
            "SELECT number, version, cut, is_live FROM rederive_generations WHERE place = ?",
            [self._place],
        )
        return {row[0]: Generation(row[0], row[1], row[2], bool(row[3])) for row in rows}

    def _generation(self, database: sqlite3.Connection, number: int) -> Generation:
        found = self._generations(database).get(number)
        if found is None:
            raise SinkError(f"sink {self._sink}: generation {number} does not exist.")
        return found

    def _remove(self, database: sqlite3.Connection, number: int) -> None:
        found = self._generations(database).get(number)
        if found is None:
            return
        if found.is_live:
            raise SinkError(f"sink {self._sink}: generation {number} is live.")
        database.execute(f"DROP TABLE IF EXISTS {self._table(number)}")
        database.execute(
            "DELETE FROM rederive_generations WHERE place = ? AND number = ?", [self._place, number]
        )

    def _switch(self, database: sqlite3.Connection, number: int) -> None:
        self._generation(database, number)
        name = _quoted(self._place)
        if any(each.is_live for each in self._generations(database).values()):
            database.execute(f"DROP VIEW IF EXISTS {name}")
        names = [_quoted(column.name) for column in self._schema.columns]
        columns = ", ".join(f"row ->> {at} AS {column}" for at, column in enumerate(names))
        database.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM {self._table(number)}")
        database.execute(
            "UPDATE rederive_generations SET is_live = (number = ?) WHERE place = ?",
            [number, self._place],
        )

    def _table(self, number: int) -> str:
        return _quoted(f"{self._place}_g{number}")

    # ------------------------------------------------------------------ transactions

    def _gather(self, step: Step) -> None:
        with self._transaction("DEFERRED") as database:
            database.execute("DELETE FROM came")
            database.execute("DELETE FROM gone")
            for batch in step.deletes:
                keys = [(key,) for key in self._rows.keys(batch)]
                database.executemany("INSERT INTO gone VALUES (?)", keys)
            for batch in step.upserts:
                database.executemany("INSERT INTO came VALUES (?, ?)", self._texts(batch))

    def _texts(self, batch: pa.RecordBatch) -> Iterable[tuple[str, str]]:
        return zip(self._rows.keys(batch), self._rows.arrays(batch), strict=True)

    @contextmanager
    def _change(self, *, is_kept: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction of the owner's, which alone may change something."""
        with self._transaction("IMMEDIATE", is_kept=is_kept) as database:
            owner = self._owner(database)
            if self._writer is None or owner is None or owner.writer.run != self._writer.run:
                raise lost_to(self._sink, owner)
            yield database

    @contextmanager
    def _transaction(self, mode: str, *, is_kept: bool = True) -> Iterator[sqlite3.Connection]:
        with _translated(self._file):
            if self._database is None:
                self._database = self._connected()
            self._database.execute(f"BEGIN {mode}")
            try:
                yield self._database
            except BaseException:
                self._database.rollback()
                raise
            self._database.execute("COMMIT" if is_kept else "ROLLBACK")

    def _connected(self) -> sqlite3.Connection:
        database = sqlite3.connect(
            self._file, LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        # Readers see the last commit, and wait for nobody; a commit is on the disk.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(TABLES)
        return database


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _translated(file: str) -> Iterator[None]:
    """SQLite's errors as a sink's; one that a lock, or the disk, causes may pass."""
    try:
        yield
    except sqlite3.Error as error:
        is_passing = getattr(error, "sqlite_errorcode", 0) & 0xFF in PASSING
        raise SinkError(f"{file}: {error}.", is_retryable=is_passing) from error


SQLITE = SinkType("sqlite", SqliteSink, places=("table",))
