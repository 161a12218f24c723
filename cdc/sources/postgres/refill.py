"""Publishing one table anew, or some of its partitions, while the stream stands still.

Needed where the rows already published cannot stand for the table as it is from here on: it was
not captured until now, or what changed it is not in the log (see `consequence.py`).

Why that is exact. The stream stands at P, between two transactions. The table is declared emptied,
then read in pieces, each in a transaction of its own that sees every transaction up to P, at a
place L of the log. The next cut is written once the stream has reached the last L: a change
between P and there follows the row read inside the same cut, and brings it, step by step, to the
very same state; a reader takes the last. That holds as long as the table's definition is one and
the same from P to L, so each piece is read under a lock that no definition changes beside, and
only while the catalogue is as it was at or before P. Else `run` says so, and a later refill begins
anew.

A copy that takes long is committed in parts, with cuts that say a refill is under way: readers
wait for the one behind it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from psycopg import errors, sql

from cdc.config import Source
from cdc.contract.envelope import Origin
from cdc.contract.schemas import Emptied
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.recorded import Recorded
from cdc.sources.postgres.catalog import Connection
from cdc.sources.postgres.connection import connect, log_end, source_errors
from cdc.sources.postgres.copy_text import row_values
from cdc.sources.postgres.definition import Definition
from cdc.sources.postgres.look import literally, look, schema_of
from cdc.sources.postgres.publication import LOCK_TIMEOUT_MS
from cdc.sources.postgres.relations import CapturedTable, Relations
from cdc.sources.postgres.visibility import Visibility
from cdc.sources.postgres.writers import lockers_of

PAGES_PER_PIECE = 4_096
ROWS_PER_TURN = 1_000
LOCK_PAUSE_S = 0.5
TOLD_INTERVAL_S = 60.0
_logger = logging.getLogger("rederive.capture")


class Stopped(Exception):
    """The run is to end; the copy is begun again by the next one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Pages `first` to before `end` of a relation (None: to its last), read apart from the rest;
    a relation whose pages may not be read apart is one piece with `first` None."""

    oid: int
    first: int | None
    end: int | None


class Refill:
    """Reads tables anew. `turn` is called now and then meanwhile, with the rows copied since: it
    keeps the stream alive, commits parts, and raises Stopped where the run is to end."""

    def __init__(
        self,
        source: Source,
        publisher: Publisher,
        recorded: Recorded,
        relations: Relations,
        visibility: Visibility,
    ) -> None:
        self._source, self._publisher, self._recorded = source, publisher, recorded
        self._relations, self._visibility = relations, visibility
        self._turn: Callable[[int], None] = lambda rows: None
        self.rows, self._told_due = 0, 0.0

    def run(
        self,
        definition: Definition,
        at: Lsn,
        partitions: tuple[int, ...],
        turn: Callable[[int], None],
    ) -> Lsn | None:
        """Publish the table of that definition, the stream being at `at`; of `partitions` alone
        where some are named. The place that the next cut must reach, None where the definition is
        not that one any more."""
        self.rows, self._turn, self._told_due = 0, turn, 0.0
        self._visibility.wait()
        with closing(connect(self._source)) as connection:
            connection.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
            if self._now(connection, definition) != definition:
                return None
            table = self._begin(connection, definition, at, is_whole=not partitions)
            reached, wanted = at, partitions or _leaves(definition)
            with source_errors(self._source, f"read {definition.table} anew from"):
                for piece in self._pieces(connection, definition, wanted):
                    place = self._read(connection, definition, table, piece)
                    if place is None:
                        return None
                    reached = max(reached, place)
            # Labels of enums are read as they are now, whatever the snapshot.
            is_same = self._now(connection, definition) == definition
        return reached if is_same else None

    def _now(self, connection: Connection, definition: Definition) -> Definition | None:
        with source_errors(self._source, f"look at {definition.table} of"):
            found = look(self._source, connection, [literally(definition.table)])
        return found.definitions.get(definition.table)

    def _begin(
        self, connection: Connection, definition: Definition, at: Lsn, *, is_whole: bool
    ) -> CapturedTable:
        """Record the definition; where the whole table is read, also that it is emptied."""
        schema = schema_of(connection, definition, at)
        table = self._relations.table(schema, definition.oid)
        known = self._recorded.get(definition.table)
        emptied = known.emptied if known else None
        if is_whole:
            self._publisher.begin()
            self._publisher.flush()
            emptied = Emptied(at, self._publisher.ends(table.topic))
        self._recorded.record(replace(schema, emptied=emptied))
        now_us = time.time_ns() // 1000
        # Inside every cut from `at` on, by the rule for any other change.
        table.stamp_for(Origin(Lsn(at - 1), now_us, None, now_us, snapshot="true"))
        return table

    # ------------------------------------------------------------------ pieces

    def _pieces(
        self, connection: Connection, definition: Definition, wanted: tuple[int, ...]
    ) -> list[Piece]:
        while True:
            try:
                return list(_pieces(connection, definition, wanted))
            except errors.LockNotAvailable:
                self._await_lock(connection, definition)

    def _await_lock(self, connection: Connection, definition: Definition) -> None:
        """Somebody changes the table's definition: no lock of ours waits where others queue."""
        if time.monotonic() >= self._told_due:
            self._told_due = time.monotonic() + TOLD_INTERVAL_S
            for who in lockers_of(connection, definition.oid).values():
                _logger.warning("Table %s is to be read, and is locked by %s: no cut is written "
                                "until then.", definition.table, who)  # fmt: skip
        self._turn(0)
        time.sleep(LOCK_PAUSE_S)

    def _read(
        self, connection: Connection, definition: Definition, table: CapturedTable, piece: Piece
    ) -> Lsn | None:
        """Publish a piece's rows; where in the log they are of, None where the definition is
        another now."""
        while True:
            try:
                with _piece_locked(connection, piece):
                    if self._now(connection, definition) != definition:
                        return None
                    place = log_end(connection)
                    self._copy(connection, table, piece)
                    return place
            except errors.LockNotAvailable:
                self._await_lock(connection, definition)
            except errors.UndefinedTable:
                return None  # gone since the look; the next look tells what became of it

    def _copy(self, connection: Connection, table: CapturedTable, piece: Piece) -> None:
        topic, stamp, whole = table.topic, table.stamp, table.envelope.whole
        position, publish = b"%d" % table.schema.lsn, self._publisher.publish
        told = self.rows
        self._publisher.begin()
        with connection.cursor().copy(_selected(connection, table, piece)) as copy:
            for row in copy:
                key, value = whole(row_values(bytes(row)), position, stamp, stamp.read)
                publish(topic, value, key)
                self.rows += 1
                if self.rows - told == ROWS_PER_TURN:
                    self._publisher.serve()
                    self._turn(self.rows - told)
                    self._publisher.begin()
                    told = self.rows
        self._turn(self.rows - told)


@contextmanager
def _piece_locked(connection: Connection, piece: Piece) -> Iterator[None]:
    """One snapshot, taken behind a lock that no change of the definition passes.

    A snapshot that is older than such a change would see the rewritten table empty.
    """
    name = _name(connection, piece.oid)
    if name is None:
        raise errors.UndefinedTable
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        only = sql.SQL("" if piece.first is None else "ONLY ")
        connection.execute(sql.SQL("LOCK TABLE {}{} IN ACCESS SHARE MODE").format(only, name))
        yield
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")


def _pieces(
    connection: Connection, definition: Definition, wanted: tuple[int, ...]
) -> Iterator[Piece]:
    rows = connection.execute(
        "SELECT oid::int8, relkind::text, has_table_privilege(oid, 'SELECT'),"
        # NULL of one that was dropped this moment
        " coalesce(pg_relation_size(oid), 0) / current_setting('block_size')::int8"
        " FROM pg_class WHERE oid = ANY(%s) ORDER BY oid",
        [list(wanted)],
    ).fetchall()
    # A right to read the root is none to read its partitions by themselves.
    if definition.partitions and not all(may for _, _, may, _ in rows):
        yield Piece(definition.oid, None, None)
        return
    for oid, kind, _, pages in rows:
        if kind != "r":
            continue
        firsts = list(range(0, max(1, pages), PAGES_PER_PIECE))
        ends: list[int | None] = [*firsts[1:], None]
        yield from (Piece(oid, first, end) for first, end in zip(firsts, ends, strict=True))


def _leaves(definition: Definition) -> tuple[int, ...]:
    """The relations that hold the table's rows."""
    if definition.kind != "p":
        return (definition.oid,)
    return tuple(p.oid for p in definition.partitions if p.filenode)


def _selected(connection: Connection, table: CapturedTable, piece: Piece) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.schema.columns)
    name = _name(connection, piece.oid)
    if piece.first is None:
        return sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(columns, name)
    upto = sql.SQL("" if piece.end is None else " AND ctid < {}")
    return sql.SQL("COPY (SELECT {} FROM ONLY {} WHERE ctid >= {}{}) TO STDOUT").format(
        columns, name, f"({piece.first},0)", upto.format(f"({piece.end},0)")
    )


def _name(connection: Connection, oid: int) -> sql.Composable | None:
    row = connection.execute(
        "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE c.oid = %s",
        [oid],
    ).fetchone()
    return sql.Identifier(*row) if row else None
