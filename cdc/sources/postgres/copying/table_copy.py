"""Reads one table piece by piece over a connection of its own, and publishes its rows.

A piece is one transaction. It sees every transaction up to the stream's position, and notes its own
log position. It holds a lock that excludes changes of the definition, and is read only if the
definition is the one given.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import errors, sql

from cdc.config import Source
from cdc.contract.envelope import Origin
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.readings import Reading
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.catalogue.look import literally, look
from cdc.sources.postgres.catalogue.publication import LOCK_TIMEOUT_MS
from cdc.sources.postgres.catalogue.writers import lockers_of
from cdc.sources.postgres.connection import Connection, connect, log_end, source_errors
from cdc.sources.postgres.copying.copy_text import row_values
from cdc.sources.postgres.stream.relations import CapturedTable
from cdc.sources.postgres.visibility import Visibility

ROWS_PER_TURN = 1_000
LOCK_PAUSE_S = 0.5
TELL_INTERVAL_S = 5.0
LOCK_TELL_INTERVAL_S = 60.0
_logger = logging.getLogger("rederive.capture")


@dataclass(frozen=True, slots=True)
class Piece:
    """Pages from `first` to before `end` of a relation; `end` None: to the last page. `first` None:
    the whole relation in one piece, partitions included. `condition`: SQL that selects rows."""

    oid: int
    first: int | None
    end: int | None
    condition: str = ""


class TableCopy:
    """A copy of the table with that definition.

    `reached`: the greatest log position of the pieces read. `turn` is called now and then while a
    piece is read, with the number of rows since the last call. `try_at`: the monotonic time before
    which a lock need not be tried again.
    """

    def __init__(
        self,
        source: Source,
        publisher: Publisher,
        visibility: Visibility,
        definition: Definition,
        reading: Reading,
    ) -> None:
        self._source, self._publisher, self._visibility = source, publisher, visibility
        self.definition, self.reading = definition, reading
        self.reached = Lsn(0)
        self.turn: Callable[[int], None] = lambda rows: None
        self.pieces: deque[Piece] = deque()
        self._lock_told_at = 0.0
        self.try_at, self._tell_at = 0.0, time.monotonic() + TELL_INTERVAL_S
        self.connection: Connection = connect(source)
        try:
            self.set_lock_timeout(LOCK_TIMEOUT_MS)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self.connection.close()

    def set_lock_timeout(self, milliseconds: int) -> None:
        """Limit the time that a lock is waited for."""
        with source_errors(self._source, "set up a session in"):
            self.connection.execute(f"SET lock_timeout = {milliseconds}")

    def is_same(self) -> bool:
        """Whether the table's definition is still `definition`."""
        name = self.definition.table
        with source_errors(self._source, f"look at {name} of"):
            seen = look(self._source, self.connection, [literally(name)])
        return seen.definitions.get(name) == self.definition

    def plan(self, oids: Iterable[int], pages: int, condition: str = "") -> None:
        """Divide these relations into pieces of `pages` pages. With a condition each relation is
        one piece: the server finds the rows faster than a scan in pieces. Waits while somebody
        changes the definition."""
        while not self.try_plan(oids, pages, condition):
            self._tell_lockers()
            self.turn(0)
            time.sleep(LOCK_PAUSE_S)

    def try_plan(self, oids: Iterable[int], pages: int, condition: str = "") -> bool:
        """As `plan`, but returns False instead of waiting."""
        with source_errors(self._source, f"read {self.definition.table} from"):
            try:
                rows = self._relations(list(oids))
            except errors.LockNotAvailable:
                return False
        estimated = sum(row[4] for row in rows) if not condition else 0
        self.reading.copy(estimated)
        # The right to read a root does not include its partitions by name.
        if self.definition.partitions and not all(may for _, _, may, _, _ in rows):
            self.pieces.append(Piece(self.definition.oid, None, None, condition))
            return True
        for oid, kind, _, size, _ in rows:
            if kind != "r":
                continue
            firsts = [0] if condition else list(range(0, max(1, size), pages))
            ends: list[int | None] = [*firsts[1:], None]
            pieces = zip(firsts, ends, strict=True)
            self.pieces.extend(Piece(oid, first, end, condition) for first, end in pieces)
        return True

    def _relations(self, oids: list[int]) -> list[tuple[Any, ...]]:
        return self.connection.execute(
            "SELECT oid::int8, relkind::text, has_table_privilege(oid, 'SELECT'),"
            # NULL if the relation was dropped just now
            " coalesce(pg_relation_size(oid), 0) / current_setting('block_size')::int8,"
            " greatest(reltuples, 0)::int8"
            " FROM pg_class WHERE oid = ANY(%s) ORDER BY oid",
            [oids],
        ).fetchall()

    def read_next(self, table: CapturedTable, at: Lsn) -> bool:
        """Publish the next piece, the stream being at `at`. False: the definition has changed. A
        piece whose lock is not granted soon is left for later, lest others queue behind us."""
        if time.monotonic() < self.try_at:
            return True
        self._visibility.wait()
        piece = self.pieces[0]
        with source_errors(self._source, f"read {self.definition.table} from"):
            try:
                with _locked(self.connection, piece):
                    if not self.is_same():
                        return False
                    self.reached = max(self.reached, log_end(self.connection))
                    self._publish(table, piece, at)
            except errors.LockNotAvailable:
                self.try_at = time.monotonic() + LOCK_PAUSE_S
                self._tell_lockers()
                return True
            except errors.UndefinedTable:
                return False  # dropped since the look; the next look handles that
        self.pieces.popleft()
        return True

    def read_all(self, table: CapturedTable, at: Lsn) -> bool:
        """Publish all pieces, the stream being at `at`. False: the definition has changed."""
        while self.pieces:
            if not self.read_next(table, at):
                return False
            if self.try_at > time.monotonic():
                self.turn(0)
                time.sleep(LOCK_PAUSE_S)
        return True

    def _publish(self, table: CapturedTable, piece: Piece, at: Lsn) -> None:
        now_us = time.time_ns() // 1000
        # A row is inside a cut where commit_lsn < cut.lsn: this one is in every cut from `at` on.
        table.stamp_for(Origin(Lsn(at - 1), now_us, None, now_us, snapshot="true"))
        topic, stamp, whole = table.topic, table.stamp, table.envelope.whole
        position, publish = b"%d" % at, self._publisher.publish
        rows = 0
        self._publisher.begin()
        with self.connection.cursor().copy(self._selected(table, piece)) as copy:
            for row in copy:
                key, value = whole(row_values(bytes(row)), position, stamp, stamp.read)
                publish(topic, value, key)
                rows += 1
                if rows == ROWS_PER_TURN:
                    self._publisher.serve()
                    self._tell(rows)
                    self._publisher.begin()
                    rows = 0
        self._tell(rows)

    def _tell(self, rows: int) -> None:
        self.reading.rows += rows
        self.turn(rows)
        if time.monotonic() >= self._tell_at:
            self._tell_at = time.monotonic() + TELL_INTERVAL_S
            about = self.reading.rows_estimated
            _logger.info(
                "Table %s: %d rows%s are read.", self.definition.table, self.reading.rows,
                f" of about {about}" if about else "",
            )  # fmt: skip

    def _tell_lockers(self) -> None:
        if time.monotonic() < self._lock_told_at:
            return
        self._lock_told_at = time.monotonic() + LOCK_TELL_INTERVAL_S
        for who in lockers_of(self.connection, self.definition.oid).values():
            _logger.warning("Table %s is to be read, and is locked by %s.",
                            self.definition.table, who)  # fmt: skip

    def _selected(self, table: CapturedTable, piece: Piece) -> sql.Composed:
        columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.schema.columns)
        name = _name(self.connection, piece.oid)
        bare = sql.Identifier(self.definition.table.partition(".")[2])
        tests = []
        if piece.first:
            tests.append(sql.SQL("ctid >= {}").format(f"({piece.first},0)"))
        if piece.end is not None:
            tests.append(sql.SQL("ctid < {}").format(f"({piece.end},0)"))
        if piece.condition:
            # Checked by `checked_condition`: it does not leave the parenthesis.
            tests.append(sql.SQL("(\n{}\n)").format(sql.SQL(piece.condition)))
        return sql.SQL("COPY (SELECT {} FROM {}{} AS {}{}) TO STDOUT").format(
            columns, sql.SQL("" if piece.first is None else "ONLY "), name, bare,
            sql.SQL(" WHERE " if tests else "") + sql.SQL(" AND ").join(tests),
        )  # fmt: skip


@contextmanager
def _locked(connection: Connection, piece: Piece) -> Iterator[None]:
    """One snapshot, taken under a lock that excludes changes of the definition.

    In a snapshot older than such a change a rewritten table would be empty.
    """
    name = _name(connection, piece.oid)
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        only = sql.SQL("" if piece.first is None else "ONLY ")
        connection.execute(sql.SQL("LOCK TABLE {}{} IN ACCESS SHARE MODE").format(only, name))
        yield
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")


def _name(connection: Connection, oid: int) -> sql.Identifier:
    row = connection.execute(
        "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE c.oid = %s",
        [oid],
    ).fetchone()
    if row is None:
        raise errors.UndefinedTable
    return sql.Identifier(*row)
