"""Following the log: read, publish, commit a cut, acknowledge; one loop at its own pace."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cdc.config import Source
from cdc.contract.cut import Snapshot
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.sources.postgres.connection import Connection, behind_header, source_errors
from cdc.sources.postgres.copying.refill import Stopped
from cdc.sources.postgres.stream.changes import Changes
from cdc.sources.postgres.stream.stream import Stream
from cdc.sources.postgres.watch.watch import Watch

HOLD_WAIT_S = 0.02
WAIT_MAX_S = 0.2
"""How long the loop sleeps without looking whether it is to stop."""
GATHER_MIN_S = 0.002
"""Where a commit takes longer than the interval, what came in the meantime is gathered for so
long, lest every small transaction of the source be a Kafka transaction of its own."""
BEHIND_S = 1.0
BEHIND_INTERVAL_S = 0.25
"""Once the log is read so late, a Kafka transaction may take longer: fewer of them, more rows a
second, and the latency is made of the lag anyway."""
STOP_TIMEOUT_S = 10.0
"""How long a stop waits for the end of a transaction that is under way."""
PART_S = 5.0
PART_COMMITS = 10
"""While no cut may be written, a Kafka transaction of this age, or with the rows of so many others,
is committed as a part, lest it outlast the broker's limit or fill a reader's memory."""
SETTLING_S = 2.0
SETTLING_INTERVAL_S = 0.1
"""For so long behind a commit the log's end is told so often: somebody may wait for a position a
little behind it, which other databases of the server have written."""

IDLE_INTERVAL_S = 5.0
"""So often a cut is written though the log does not grow: whoever looks at the newest one sees how
long ago capture was at work."""


class Follow:
    """The loop over one stream. `changes_published` counts those inside committed cuts. `between`
    is called between two transactions, with the place that was read up to and what is to be called
    while rows are read."""

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
        self._interval_s = source.commit_interval_ms / 1000
        self._begun = self._ended = self._heartbeat_due = self._settled_at = 0.0
        self._part_rows, self._copied_rows, self._held_since = 0, 0, 0.0
        self._piece_due = 0.0
        self._stop = threading.Event()
        self._on_progress: Callable[[], None] = lambda: None
        self._hastened = Lsn(0)
        self.changes_published = 0

    def run(self, stop: threading.Event, on_progress: Callable[[], None]) -> None:
        """Follow until `stop`, or until the stream is to be begun anew; returns at a cut that is
        committed, and at `stop` acknowledged."""
        self._stop, self._on_progress = stop, on_progress
        try:
            self._run()
        except Stopped:
            return  # what is open is aborted, and read again by the next run

    def _run(self) -> None:
        stop, on_progress = self._stop, self._on_progress
        self._stream.acknowledge(self._cut_lsn())
        self._ended = time.monotonic()
        self.watch.turn(self._cut_lsn(), self._copying)
        self._heartbeat_due = self._ended + self._source.heartbeat_interval_s
        stop_by = 0.0
        while True:
            if stop.is_set():
                stop_by = stop_by or time.monotonic() + STOP_TIMEOUT_S
                is_held = self.watch.holds or self.watch.is_publication_changing
                if not self._has_pending() or is_held or time.monotonic() > stop_by:
                    return
            self._turn()
            on_progress()
            if self._is_to_begin_anew():
                self._commit_part_at(max(self._reached(), self._cut_lsn()))
                return

    def _turn(self) -> None:
        messages = self._stream.read(self._wait_s())
        rows_max, waiting = self._source.transaction_rows_max, iter(messages)
        while self._changes.apply(waiting, self._due(), rows_max):
            if self._changes.is_look_wanted:
                self.watch.turn(self._changes.position, self._copying)
            if self._changes.rows >= rows_max or time.monotonic() >= self._due():
                self._commit(self._changes.position)
        self._publisher.serve()
        if not self._changes.is_between_transactions:
            return
        reached = self._reached()
        self._between(reached, self._copying)
        self.watch.turn(reached, self._copying)
        self._read_new(reached, is_idle=not messages)
        self._hasten(reached, self.watch.looked_for if self.watch.has_new else Lsn(0))
        if self._has_pending() or self._is_held(reached):
            if time.monotonic() >= self._due():
                self._commit_held_open(reached)
        elif reached > self._cut_lsn() and self._is_heartbeat_due() and self.watch.is_clear():
            self._commit_at(reached, self._stream.log_end_at_us or self._changes.committed_at_us)
        elif time.monotonic() >= self._ended + IDLE_INTERVAL_S and self.watch.is_clear():
            self._commit_at(self._cut_lsn(), self._known_at_us())

    def _reached(self) -> Lsn:
        # Every message read is applied, so that what the server said of its end holds here too.
        return max(self._changes.position, self._stream.log_end)

    def _is_to_begin_anew(self) -> bool:
        place = self.watch.begin_anew_at
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
        """When the next commit may be, by the monotonic clock."""
        interval_s = BEHIND_INTERVAL_S if self._is_behind() else self._interval_s
        return max(self._begun + interval_s, self._ended + GATHER_MIN_S)

    def _is_behind(self) -> bool:
        """The server sends late, or this loop reads late what was sent in time."""
        unread_s = time.monotonic() - self._stream.caught_up_at
        return self._changes.lag_us > BEHIND_S * 1e6 or unread_s > BEHIND_S

    def _has_pending(self) -> bool:
        return bool(self._publisher.touched) or not self._changes.is_between_transactions

    def _is_held(self, reached: Lsn) -> bool:
        """Whether a cut at `reached` would say too much, or the newest one is a part of one to
        come, though nothing was written since."""
        return self.watch.holds or self._is_part() or reached < self._not_before()

    def _is_part(self) -> bool:
        return self._publisher.cut is not None and self._publisher.cut.snapshot is not None

    def _is_heartbeat_due(self) -> bool:
        """A server that asks for a reply may be waiting to shut down until it has one."""
        return self._stream.is_reply_wanted or time.monotonic() >= self._heartbeat_due

    def _known_at_us(self) -> int:
        """A time of the server's clock at which its log ended at the newest cut, 0 where it has
        gone on."""
        with source_errors(self._source, "ask for the end of the log of"):
            row = self._connection.execute(
                "SELECT pg_current_wal_insert_lsn()::text,"
                " (extract(epoch FROM clock_timestamp()) * 1000000)::int8"
            ).fetchone()
        assert row is not None
        return int(str(row[1])) if behind_header(str(row[0])) <= self._cut_lsn() else 0

    def _cut_lsn(self) -> Lsn:
        assert self._publisher.cut is not None
        return self._publisher.cut.lsn

    def _commit_held_open(self, reached: Lsn) -> None:
        position, not_before = self._changes.position, self._not_before()
        self._hasten(reached, not_before)
        # A table that went away is published without a transaction of the source's
        is_behind = position < not_before or position < self._cut_lsn()
        self._commit(reached if is_behind else position)

    def _hasten(self, reached: Lsn, place: Lsn) -> None:
        """What lies before that place may be in the server's memory alone, and then is not sent; a
        commit of nothing makes the server write it out."""
        if reached < place and self._hastened < place:
            self._hastened = place
            with source_errors(self._source, "write a message to the log of"):
                self._connection.execute("SELECT pg_logical_emit_message(true, 'rederive', '')")

    def _read_new(self, reached: Lsn, *, is_idle: bool) -> None:
        """Read on in a table that no reader knows, and give the stream as much time as that took
        unless it has nothing to say."""
        began = time.monotonic()
        if is_idle or began >= self._piece_due:
            self.watch.read_new(reached, self._copying)
            self._piece_due = 2 * time.monotonic() - began

    def _commit(self, lsn: Lsn) -> None:
        """Commit what is pending, unless what was read by SQL is right only further on."""
        if not self._publisher.touched and not self._is_part():
            return
        if lsn >= self._not_before() and self.watch.is_clear() and lsn >= self._not_before():
            self._commit_at(lsn, self._changes.committed_at_us)
        elif self._publisher.touched:
            self._commit_part()

    def _not_before(self) -> Lsn:
        return max(self._changes.not_before, self.watch.awaited)

    def _copying(self, rows: int) -> None:
        """While a table is read anew, with the rows read since the last call."""
        if self._stop.is_set():
            raise Stopped
        self._stream.keep_alive()
        self._part_rows += rows
        self._copied_rows += rows
        self._publisher.counts.rows += rows
        self._commit_part()
        self._on_progress()

    def _commit_part(self) -> None:
        """Commit an old or large transaction as a part of the cut to come."""
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
        """Those of the commit that was."""
        self.changes_published += self._changes.rows
        self._publisher.counts.changes += self._changes.rows

    def _commit_at(self, lsn: Lsn, committed_at_us: int) -> None:
        # From its beginning on, so that the interval is that between two commits.
        self._begun = time.monotonic()
        has_changes = self._changes.rows > 0
        before = self._publisher.cut
        # Not known until the first transaction of this run: it is not older than the last cut's.
        committed_at_us = committed_at_us or (before.committed_at_us if before is not None else 0)
        self._publisher.commit(lsn, committed_at_us)
        self._stream.acknowledge(lsn)
        self.watch.committed(lsn)
        self._count_changes()
        self._changes.rows = self._part_rows = self._copied_rows = 0
        self._ended = time.monotonic()
        self._held_since = 0.0
        if has_changes:
            self._settled_at = self._ended + SETTLING_S
        is_settling = self._ended < self._settled_at
        interval_s = SETTLING_INTERVAL_S if is_settling else self._source.heartbeat_interval_s
        self._heartbeat_due = self._ended + interval_s
