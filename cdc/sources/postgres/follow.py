"""The capture loop: read the stream, publish, commit a cut, acknowledge."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cdc.config import Source
from cdc.contract.cut import Snapshot
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.sources.postgres.connection import Connection, source_errors, without_page_header
from cdc.sources.postgres.copying.refill import Stopped
from cdc.sources.postgres.pace import Pace
from cdc.sources.postgres.stream.changes import Changes
from cdc.sources.postgres.stream.stream import Stream
from cdc.sources.postgres.watch.watch import Watch

READ_S = 0.01
"""How long a commit that is due waits until everything read is published, and a source transaction
ends."""
HOLD_WAIT_S = 0.02
WAIT_MAX_S = 0.2
"""The longest sleep; `stop` is checked after it."""
BEHIND_S = 1.0
"""At a lag of this, capture is behind."""
STOP_TIMEOUT_S = 10.0
"""How long a stop waits for the end of an open source transaction."""
PART_S = 5.0
PART_COMMITS = 10
"""While no cut may be written, a Kafka transaction of this age, or with the rows of this many full
ones, is committed as a part: it must not outlast the broker's limit, or fill a reader's memory."""
SETTLING_S = 2.0
SETTLING_INTERVAL_S = 0.1
"""Heartbeat interval in the first seconds after a commit. A client may wait for a position slightly
past it, written by other databases of the server."""

IDLE_INTERVAL_S = 5.0
"""An idle source gets a cut this often, so that its age tells when capture last worked."""


class Follow:
    """The loop over one stream.

    `changes_published` counts changes inside committed cuts. `between` is called between two
    transactions with the position reached and the callback to call while rows are read by SQL.
    """

    def __init__(
        self,
        source: Source,
        connection: Connection,
        stream: Stream,
        changes: Changes,
        publisher: Publisher,
        watch: Watch,
        between: Callable[[Lsn, Callable[[int], None]], None],
    ) -> None:
        self.watch, self._between = watch, between
        self._source, self._connection, self._stream = source, connection, stream
        self._changes, self._publisher = changes, publisher
        self._pace = Pace(source.commit_interval_ms / 1000)
        self._heartbeat_due = self._settled_at = 0.0
        self._part_rows, self._copied_rows, self._held_since = 0, 0, 0.0
        self._piece_due = 0.0
        self._stop = threading.Event()
        self._on_progress: Callable[[], None] = lambda: None
        self._flush_forced_to = Lsn(0)
        self.changes_published = 0

    def run(self, stop: threading.Event, on_progress: Callable[[], None]) -> None:
        """Follow until `stop` is set or the stream must be restarted. Returns at a committed cut;
        after `stop` it is also acknowledged."""
        self._stop, self._on_progress = stop, on_progress
        try:
            self._run()
        except Stopped:
            return  # the open transaction is aborted; the next run reads it again

    def _run(self) -> None:
        stop, on_progress = self._stop, self._on_progress
        self._stream.acknowledge(self._cut_lsn())
        self._pace.ended = time.monotonic()
        self.watch.turn(self._cut_lsn(), self._copying)
        self._heartbeat_due = self._pace.ended + self._source.heartbeat_interval_s
        stop_by = 0.0
        while True:
            if stop.is_set():
                stop_by = stop_by or time.monotonic() + STOP_TIMEOUT_S
                is_held = self.watch.holds or self.watch.is_publication_changing
                if not self._has_pending() or is_held or time.monotonic() > stop_by:
                    return
            self._turn()
            on_progress()
            if self._must_restart():
                self._commit_part_at(max(self._reached(), self._cut_lsn()))
                return

    def _turn(self) -> None:
        if not self._is_behind():
            time.sleep(max(0.0, self._pace.rests_until - time.monotonic()))
        messages = self._stream.read(self._wait_s())
        rows_max, waiting = self._source.transaction_rows_max, iter(messages)
        # What was read at once is committed at once, unless it goes on and on.
        while self._changes.apply(waiting, self._due() + READ_S, rows_max):
            if self._changes.is_look_wanted:
                self.watch.turn(self._changes.position, self._copying)
            if self._changes.rows >= rows_max or time.monotonic() >= self._due() + READ_S:
                self._commit(self._changes.position)
        self._publisher.serve()
        if not self._changes.is_between_transactions:
            return
        reached = self._reached()
        self._between(reached, self._copying)
        self.watch.turn(reached, self._copying)
        self._read_new(reached, is_idle=not messages)
        self._force_flush(reached, self.watch.looked_for if self.watch.has_new else Lsn(0))
        if self._has_pending() or self._is_held(reached):
            if time.monotonic() >= self._due():
                self._commit_pending(reached)
        elif reached > self._cut_lsn() and self._is_heartbeat_due() and self.watch.is_clear():
            self._commit_at(reached, self._stream.log_end_at_us or self._changes.committed_at_us)
        elif time.monotonic() >= self._pace.ended + IDLE_INTERVAL_S and self.watch.is_clear():
            self._commit_at(self._cut_lsn(), self._known_at_us())

    def _reached(self) -> Lsn:
        # Every message read has been applied, so the server's end of the log is reached here too.
        return max(self._changes.position, self._stream.log_end)

    def _must_restart(self) -> bool:
        place = self.watch.restart_at
        is_between = self._changes.is_between_transactions
        return place is not None and is_between and self._reached() >= place

    def _wait_s(self) -> float:
        new = self.watch.new_tables.table
        if new is not None and new.is_ready:
            return 0.0
        if self._has_pending():
            return min(WAIT_MAX_S, max(0.001, self._due() - time.monotonic()))
        if self._is_held(self._cut_lsn()) or self.watch.has_new:
            return HOLD_WAIT_S
        if self._stream.log_end > self._cut_lsn():
            return min(WAIT_MAX_S, max(0.001, self._heartbeat_due - time.monotonic()))
        return WAIT_MAX_S

    def _due(self) -> float:
        """Earliest time of the next commit, by the monotonic clock."""
        return self._pace.due(is_behind=self._is_behind())

    def _is_behind(self) -> bool:
        """The server sends late, or this loop reads late."""
        unread_s = time.monotonic() - self._stream.caught_up_at
        return self._changes.lag_us > BEHIND_S * 1e6 or unread_s > BEHIND_S

    def _has_pending(self) -> bool:
        return bool(self._publisher.touched) or not self._changes.is_between_transactions

    def _is_held(self, reached: Lsn) -> bool:
        """Whether no cut may be written at `reached`, or the newest one is only a part."""
        return self.watch.holds or self._is_part() or reached < self._not_before()

    def _is_part(self) -> bool:
        return self._publisher.cut is not None and self._publisher.cut.snapshot is not None

    def _is_heartbeat_due(self) -> bool:
        """True also where the server wants a reply: it may be waiting for it to shut down."""
        return self._stream.is_reply_wanted or time.monotonic() >= self._heartbeat_due

    def _known_at_us(self) -> int:
        """The server's clock now, if its log still ends at the newest cut; else 0."""
        with source_errors(self._source, "ask for the end of the log of"):
            row = self._connection.execute(
                "SELECT pg_current_wal_insert_lsn()::text,"
                " (extract(epoch FROM clock_timestamp()) * 1000000)::int8"
            ).fetchone()
        assert row is not None
        return int(str(row[1])) if without_page_header(str(row[0])) <= self._cut_lsn() else 0

    def _cut_lsn(self) -> Lsn:
        assert self._publisher.cut is not None
        return self._publisher.cut.lsn

    def _commit_pending(self, reached: Lsn) -> None:
        position, not_before = self._changes.position, self._not_before()
        self._force_flush(reached, not_before)
        # The record of a dropped table belongs to no source transaction: use `reached` then.
        is_behind = position < not_before or position < self._cut_lsn()
        self._commit(reached if is_behind else position)

    def _force_flush(self, reached: Lsn, place: Lsn) -> None:
        """Make the server flush its log up to `place`, by a commit of ours: unflushed log is not
        sent."""
        if reached < place and self._flush_forced_to < place:
            self._flush_forced_to = place
            with source_errors(self._source, "write a message to the log of"):
                self._connection.execute("SELECT pg_logical_emit_message(true, 'rederive', '')")

    def _read_new(self, reached: Lsn, *, is_idle: bool) -> None:
        """Read the next piece of a new table. Unless the stream is idle, it then gets as much time
        as the piece took."""
        began = time.monotonic()
        if is_idle or began >= self._piece_due:
            self.watch.read_new(reached, self._copying)
            self._piece_due = 2 * time.monotonic() - began

    def _commit(self, lsn: Lsn) -> None:
        """Commit what is pending: as a cut if one may be written at `lsn`, else as a part."""
        if not self._publisher.touched and not self._is_part():
            return
        if lsn >= self._not_before() and self.watch.is_clear() and lsn >= self._not_before():
            self._commit_at(lsn, self._changes.committed_at_us)
        elif self._publisher.touched:
            self._commit_part()

    def _not_before(self) -> Lsn:
        return max(self._changes.not_before, self.watch.awaited)

    def _copying(self, rows: int) -> None:
        """Callback while a table is read by SQL; `rows` were read since the last call."""
        if self._stop.is_set():
            raise Stopped
        self._stream.keep_alive()
        self._part_rows += rows
        self._copied_rows += rows
        self._publisher.counts.rows += rows
        self._commit_part()
        self._on_progress()

    def _commit_part(self) -> None:
        """Commit an old or large Kafka transaction as a part of the next cut."""
        rows_max = PART_COMMITS * self._source.transaction_rows_max
        is_large = self._changes.rows + self._part_rows >= rows_max
        now = time.monotonic()
        self._held_since = self._held_since or now
        if not is_large and now < self._held_since + PART_S:
            return
        self._commit_part_at(max(self._changes.position, self._cut_lsn()))

    def _commit_part_at(self, lsn: Lsn) -> None:
        part = Snapshot(self._copied_rows, (), self.watch.tables_held, is_refill=True)
        before = self._publisher.cut
        committed_at_us = before.committed_at_us if before is not None else 0
        self._publisher.commit(lsn, self._changes.committed_at_us or committed_at_us, part)
        self._count_changes()
        self._changes.rows = self._part_rows = 0
        self._held_since = 0.0

    def _count_changes(self) -> None:
        """Count the changes of the last commit."""
        self.changes_published += self._changes.rows
        self._publisher.counts.changes += self._changes.rows

    def _commit_at(self, lsn: Lsn, committed_at_us: int) -> None:
        began = time.monotonic()
        has_changes = self._changes.rows > 0
        before = self._publisher.cut
        # Unknown until this run's first transaction: not older than the last cut's.
        committed_at_us = committed_at_us or (before.committed_at_us if before is not None else 0)
        self._publisher.commit(lsn, committed_at_us)
        self._stream.acknowledge(lsn)
        self.watch.committed(lsn)
        self._count_changes()
        self._changes.rows = self._part_rows = self._copied_rows = 0
        ended = time.monotonic()
        self._pace.committed(began, ended)
        self._held_since = 0.0
        if has_changes:
            self._settled_at = ended + SETTLING_S
        is_settling = ended < self._settled_at
        interval_s = SETTLING_INTERVAL_S if is_settling else self._source.heartbeat_interval_s
        self._heartbeat_due = ended + interval_s
