"""The first copy of the tables: all rows as of the slot's start, over several connections.

Each connection imports the slot's exported snapshot and copies ranges of pages as text. Rows become
envelopes as those of the stream do. Kafka transactions are of bounded size, and each cut says how
far the copy is. An interrupted copy starts over, and its records are declared emptied.
"""

from __future__ import annotations

import select
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import psycopg
from confluent_kafka import KafkaException
from psycopg import pq, sql
from psycopg.errors import error_from_result

from cdc.config import Source
from cdc.contract.cut import Snapshot as Progress
from cdc.contract.envelope import Origin
from cdc.contract.schemas import Emptied, TableSchema
from cdc.contract.topics import table_topic
from cdc.errors import PassingError
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.recorded import Recorded
from cdc.sources.postgres.answer import next_result
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.catalogue.look import literally, look, schema_of
from cdc.sources.postgres.catalogue.tables import Table
from cdc.sources.postgres.connection import Connection, connect, source_errors
from cdc.sources.postgres.copying.copy_text import row_values
from cdc.sources.postgres.slot.new_slot import NewSlot
from cdc.sources.postgres.stream.relations import CapturedTable

PAGES_PER_RANGE = 4_096
ROWS_PER_TURN = 1_000
ARRIVAL_WAIT_MS = 200


@dataclass(frozen=True, slots=True)
class Range:
    """Pages from `first` to before `end` of a table; both None for the whole table."""

    table: str
    first: int | None
    end: int | None


class Snapshot:
    """One copy of the tables as of `slot.start`, the position of the first cut."""

    def __init__(
        self,
        source: Source,
        publisher: Publisher,
        recorded: Recorded,
        slot: NewSlot,
        tables: Sequence[Table],
    ) -> None:
        self._source, self._publisher, self._tables = source, publisher, tables
        self._recorded = recorded
        self._start = slot.start
        self._connections: list[Connection] = []
        self._captured: dict[str, CapturedTable] = {}
        self._definitions: Mapping[str, Definition] = {}
        self._ranges: deque[Range] = deque()
        self._open_ranges: dict[str, int] = {}
        self._taken_at_us = 0
        self.rows, self.rows_estimated = 0, sum(table.rows for table in tables)
        self.rows_by_table = {table.name: 0 for table in tables}
        try:
            for _ in range(max(1, source.snapshot_connections)):
                self._connections.append(_pinned(source, slot.snapshot_name))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections, and with them the database's snapshot."""
        for connection in self._connections:
            connection.close()

    def take(self, stop: threading.Event, on_progress: Callable[[], None]) -> bool:
        """Copy everything and commit the complete cut. False: `stop` was set first."""
        self._begin()
        copies = [_Copy(self._source, connection) for connection in self._connections]
        rows_committed = 0
        while True:
            for copy in copies:
                if copy.range is None and self._ranges:
                    pages = self._ranges.popleft()
                    copy.start(pages, self._captured[pages.table].schema)
            busy = [copy for copy in copies if copy.range is not None]
            if not busy or stop.is_set():
                break
            self._advance(busy)
            if self.rows - rows_committed >= self._source.transaction_rows_max:
                self._commit(self._progress())
                rows_committed = self.rows
            on_progress()
        if stop.is_set():
            return False
        self._check_definitions()
        self._commit(None)
        return True

    def _check_definitions(self) -> None:
        """Raises PassingError where a table was changed or rewritten during the copy. Snapshots
        cover rows, not definitions or files: in an old snapshot a rewritten table is empty or has
        other pages. By now every table is locked by our reading, so it can change no more."""
        names = [literally(table.name) for table in self._tables]
        with closing(connect(self._source)) as connection:
            with source_errors(self._source, "look at the tables of"):
                now = look(self._source, connection, names).definitions
        changed = [name for name, then in self._definitions.items() if now.get(name) != then]
        if changed:
            raise PassingError(
                f"Table {', '.join(changed)} of source {self._source.name} was changed or "
                "rewritten while it was copied; the copy starts again."
            )

    def _begin(self) -> None:
        """Record the schemas, and that earlier records do not count."""
        connection, database = self._connections[0], self._connections[0].info.dbname
        row = connection.execute("SELECT (extract(epoch FROM now()) * 1000000)::int8").fetchone()
        self._taken_at_us = row[0] if row else 0
        # A row is inside a cut where commit_lsn < cut.lsn: these are in every cut from now on.
        lsn = Lsn(self._start - 1)
        origin = Origin(lsn, self._taken_at_us, None, time.time_ns() // 1000, snapshot="true")
        seen = look(self._source, connection, [literally(table.name) for table in self._tables])
        self._publisher.begin()
        self._definitions = seen.definitions
        for table in self._tables:
            definition = seen.definitions[table.name]
            schema = self._emptied(schema_of(connection, definition, lsn))
            captured = CapturedTable(self._source.name, database, schema, table.oid)
            captured.stamp_for(origin)
            self._captured[table.name] = captured
            self._recorded.record(schema)
            ranges = _ranges(connection, table)
            self._open_ranges[table.name] = len(ranges)
            self._ranges.extend(ranges)
        self._commit(self._progress())

    def _emptied(self, schema: TableSchema) -> TableSchema:
        ends = self._publisher.ends(table_topic(self._source.name, schema.table))
        return replace(schema, emptied=Emptied(schema.lsn, ends)) if any(ends) else schema

    def _advance(self, copies: list[_Copy]) -> None:
        """Publish the rows that have arrived, after waiting for some."""
        ready = [copy for copy in copies if copy.has_rows]
        if not ready:
            ready = _readable(copies)
        for copy in ready:
            working = copy.range
            rows = copy.take()
            if rows and working is not None:
                self._publish(self._captured[working.table], rows)
            if working is not None and copy.range is None:
                self._open_ranges[working.table] -= 1
        self._publisher.serve()

    def _publish(self, table: CapturedTable, rows: Sequence[bytes]) -> None:
        produce, publish = self._publisher.produce, self._publisher.publish
        self._publisher.begin()
        self._publisher.touched.add(table.topic)
        topic, whole, stamp = table.topic, table.envelope.whole, table.stamp
        lsn, tail = b"%d" % self._start, stamp.read
        for row in rows:
            key, record = whole(row_values(row), lsn, stamp, tail)
            try:
                produce(topic, record, key)
            except (BufferError, KafkaException):
                publish(topic, record, key)
        self.rows += len(rows)
        self._publisher.counts.rows += len(rows)
        self.rows_by_table[table.schema.table] += len(rows)

    def _progress(self) -> Progress:
        done = tuple(table.name for table in self._tables if not self._open_ranges[table.name])
        return Progress(self.rows, done, tuple(table.name for table in self._tables))

    def _commit(self, progress: Progress | None) -> None:
        self._publisher.commit(self._start, self._taken_at_us, progress)


class _Copy:
    """A connection that copies one range at a time; `range` is None between two."""

    def __init__(self, source: Source, connection: Connection) -> None:
        self._source, self._pgconn = source, connection.pgconn
        self._connection = connection
        self.range: Range | None = None
        self.has_rows = False

    def fileno(self) -> int:
        return self._pgconn.socket

    def start(self, pages: Range, schema: TableSchema) -> None:
        columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in schema.columns)
        table = sql.Identifier(*pages.table.split(".", 1))
        query = sql.SQL("SELECT {} FROM {}").format(columns, table)
        if pages.first is not None:
            query = sql.SQL("SELECT {} FROM ONLY {} WHERE ctid >= {}").format(
                columns, table, f"({pages.first},0)"
            )
            if pages.end is not None:
                query += sql.SQL(" AND ctid < {}").format(f"({pages.end},0)")
        command = sql.SQL("COPY ({}) TO STDOUT").format(query).as_bytes(self._connection)
        with source_errors(self._source, f"copy {pages.table} from"):
            self._pgconn.send_query(command)
            result = next_result(self._pgconn)
            if result is None or result.status != pq.ExecStatus.COPY_OUT:
                raise _failed(result)
        # libpq may have buffered rows with the reply already; poll would not report those.
        self.range, self.has_rows = pages, True

    def take(self) -> list[bytes]:
        """Rows in COPY's text format, with their newlines. Ends the range after its last row."""
        assert self.range is not None
        rows: list[bytes] = []
        get = self._pgconn.get_copy_data
        with source_errors(self._source, f"copy {self.range.table} from"):
            if not self.has_rows:
                self._pgconn.consume_input()
            while len(rows) < ROWS_PER_TURN:
                size, view = get(1)
                if size <= 0:
                    if size < 0:
                        self._end()
                    self.has_rows = False
                    return rows
                rows.append(bytes(view))
        self.has_rows = True
        return rows

    def _end(self) -> None:
        self.range = None
        while (result := next_result(self._pgconn)) is not None:
            if result.status != pq.ExecStatus.COMMAND_OK:
                raise _failed(result)


def _failed(result: pq.abc.PGresult | None) -> psycopg.Error:
    if result is None:
        return psycopg.OperationalError("the connection is closed")
    return error_from_result(result)


def _readable(copies: Sequence[_Copy]) -> list[_Copy]:
    """Waits for copies whose sockets are readable. By poll: select() accepts no descriptor above
    1023."""
    by_descriptor = {copy.fileno(): copy for copy in copies}
    asked = select.poll()
    for descriptor in by_descriptor:
        asked.register(descriptor, select.POLLIN)
    return [by_descriptor[descriptor] for descriptor, _ in asked.poll(ARRIVAL_WAIT_MS)]


def _pinned(source: Source, snapshot_name: str) -> Connection:
    """A connection that sees the database in the slot's snapshot."""
    connection = connect(source)
    try:
        with source_errors(source, "take over the snapshot of"):
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(
                sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot_name))
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _ranges(connection: Connection, table: Table) -> list[Range]:
    """The table's pages in ranges; the last one has no end, as the table may grow."""
    if table.kind == "p":
        return [Range(table.name, None, None)]
    row = connection.execute(
        "SELECT pg_relation_size(%s::oid::regclass) / current_setting('block_size')::int8",
        [table.oid],
    ).fetchone()
    pages = row[0] if row else 0
    firsts = list(range(0, max(1, pages), PAGES_PER_RANGE))
    ends: list[int | None] = [*firsts[1:], None]
    return [Range(table.name, first, end) for first, end in zip(firsts, ends, strict=True)]
