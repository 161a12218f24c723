"""Capture: from a source's log to its topics, exactly once, until told to stop.

The newest committed cut is the only checkpoint. A run takes the topics over (fencing any other
writer), reads that cut, takes a snapshot where there is none to resume from, then follows the
log. Whatever fails on the way ends the run with nothing half-made; a run that had begun to follow
is begun again from the cut after a pause.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing

from cdc.broker import Topics
from cdc.check import Check
from cdc.checkpoint import Checkpoint, read_checkpoint
from cdc.config import Kafka, Source
from cdc.contract.cut import Cut
from cdc.contract.topics import cuts_topic
from cdc.errors import BrokerError, PreflightError, RederiveError, SourceError
from cdc.position import Lsn
from cdc.preflight import check_kafka
from cdc.progress import PROGRESS_INTERVAL_S, Progress
from cdc.publish import Publisher
from cdc.ready_topics import check_server, ready_topics
from cdc.recorded import Recorded
from cdc.sources.postgres.catalog import Connection, Table
from cdc.sources.postgres.changes import Changes
from cdc.sources.postgres.connection import connect, source_errors
from cdc.sources.postgres.ddl_events import ensure_events
from cdc.sources.postgres.fitness import fitness
from cdc.sources.postgres.follow import Follow
from cdc.sources.postgres.lease import hold_lease, server_identity
from cdc.sources.postgres.preflight import check_source
from cdc.sources.postgres.publication import (
    drop_publication,
    ensure_publication,
)
from cdc.sources.postgres.refill import Refill
from cdc.sources.postgres.relations import Relations
from cdc.sources.postgres.reread import Reread
from cdc.sources.postgres.slot import NewSlot, drop_slot, find_slot, wait_until_free
from cdc.sources.postgres.snapshot import Snapshot
from cdc.sources.postgres.stream import Stream
from cdc.sources.postgres.visibility import Visibility
from cdc.sources.postgres.watch import Watch

RETRIES_MAX = 20
RETRY_PAUSE_MAX_S = 15.0
_RESNAPSHOT = "take a new snapshot: `rederive capture --resnapshot`"
_logger = logging.getLogger("rederive.capture")

# What may pass by itself is retried once capture has followed the log; the rest needs a hand.
_REACHED_BY: dict[str, type[RederiveError]] = {"source": SourceError, "kafka": BrokerError}

OnProgress = Callable[[Progress], None]


class Capture:
    """One source's capture. Every client is made in `run` and closed when it returns."""

    def __init__(
        self, source: Source, kafka: Kafka, *, progress_interval_s: float = PROGRESS_INTERVAL_S
    ) -> None:
        self._source, self._kafka = source, kafka
        self._progress_interval_s = progress_interval_s
        self._has_followed = False

    def run(
        self,
        stop: threading.Event,
        on_progress: OnProgress | None = None,
        *,
        resnapshot: bool = False,
        take_over: bool = False,
    ) -> None:
        """Capture until `stop` is set; returns with everything published inside a committed cut.

        `resnapshot` copies the tables anew though there is a cut to resume from; `take_over` fences
        another capture of this source instead of being refused. Raises
        PreflightError, SourceError or BrokerError where it cannot begin, FencedError where
        another capture took over; once it follows the log, it outlasts failures of source and
        broker for some minutes.
        """
        failures = 0
        while True:
            self._has_followed = False
            try:
                return self._run(
                    stop, on_progress or (lambda _: None), resnapshot, take_over=take_over
                )
            except (SourceError, BrokerError) as error:
                if stop.is_set():
                    _logger.warning("%s", error)
                    return
                resnapshot = resnapshot and not self._has_followed
                failures = 1 if self._has_followed else failures + 1
                is_first = failures == 1 and not self._has_followed
                if is_first or failures > RETRIES_MAX:
                    raise
                pause_s = min(RETRY_PAUSE_MAX_S, 0.25 * 2**failures)
                told = str(error).rstrip(".")
                _logger.warning("%s. Trying again in %.1f s.", told, pause_s)
                if stop.wait(pause_s):
                    return

    def _run(
        self,
        stop: threading.Event,
        on_progress: OnProgress,
        resnapshot: bool,
        *,
        take_over: bool,
    ) -> None:
        with ExitStack() as stack:
            connection = stack.enter_context(closing(connect(self._source)))
            with source_errors(self._source, "examine"):
                wait_until_free(self._source, connection)
                server = server_identity(connection)
                if not take_over:
                    hold_lease(self._source, connection)
                tables = self._checked_tables(connection, resnapshot)
            name, topics = self._source.name, Topics(self._kafka)
            if not take_over:
                check_server(self._kafka, name, topics, server)
            publisher = stack.enter_context(
                closing(Publisher(self._source, self._kafka, topics, stop))
            )
            publisher.fence()
            names = [table.name for table in tables]
            ready = ready_topics(self._kafka, name, topics, names, resnapshot=resnapshot)
            checkpoint = ready.checkpoint
            publisher.resume(checkpoint.cut, ready.topics, server)
            reporter = _Reporter(
                self._source, connection, publisher, on_progress, self._progress_interval_s
            )
            recorded = Recorded(publisher, checkpoint.schemas)
            if resnapshot or not _is_whole(checkpoint.cut):
                if not self._snapshot(connection, publisher, recorded, tables, stop, reporter):
                    return
            else:
                self._check_resumable(connection, checkpoint)
                publisher.identify(checkpoint.schemas.values())
            self._follow(connection, publisher, recorded, stop, reporter)

    # ------------------------------------------------------------------ before

    def _checked_tables(self, connection: Connection, resnapshot: bool) -> list[Table]:
        """The tables to capture; raises for the first fact that forbids it."""
        # A new snapshot makes a new slot, whatever is amiss with the old one.
        checks = [c for c in check_source(self._source) if not (resnapshot and c.name == "slot")]
        _raise_first([c for c in checks if not c.name.startswith("table ")])
        _raise_first(check_kafka(self._source, self._kafka))
        if cuts_topic(self._source.name) not in Topics(self._kafka).partitions():
            # Later on one table that cannot be captured any more stops no other one.
            _raise_first(checks)
        return fitness(self._source, connection).captured

    def _check_resumable(self, connection: Connection, checkpoint: Checkpoint) -> None:
        """That the log still holds everything behind the cut."""
        slot = find_slot(connection, self._source.slot_name)
        assert checkpoint.cut is not None
        cut_lsn = checkpoint.cut.lsn
        if slot is None:
            raise PreflightError(
                f"Slot {self._source.slot_name} is gone; changes since {cut_lsn} are lost.",
                fix=_RESNAPSHOT,
            )
        if slot.confirmed > cut_lsn:
            raise PreflightError(
                f"Slot {self._source.slot_name} is at {slot.confirmed}, past the newest cut "
                f"{cut_lsn}; changes between them are lost.",
                fix=_RESNAPSHOT,
            )

    # ------------------------------------------------------------------ snapshot

    def _snapshot(
        self,
        connection: Connection,
        publisher: Publisher,
        recorded: Recorded,
        tables: list[Table],
        stop: threading.Event,
        reporter: _Reporter,
    ) -> bool:
        """Copy the tables under a new slot; False where `stop` came first."""
        before = publisher.cut
        drop_slot(self._source, connection)
        is_new = ensure_publication(self._source, connection, (table.name for table in tables))
        is_complete = False
        try:
            with closing(NewSlot(self._source)) as slot:
                snapshot = Snapshot(self._source, publisher, recorded, slot, tables)
            with closing(snapshot):
                is_complete = snapshot.take(stop, lambda: reporter.snapshot(snapshot))
                return is_complete
        finally:
            if not is_complete:
                self._abandon(connection, with_publication=is_new and publisher.cut is before)

    def _abandon(self, connection: Connection, *, with_publication: bool) -> None:
        """A copy that is not whole is begun anew: its slot would only hold the log back."""
        try:
            drop_slot(self._source, connection)
            if with_publication:
                drop_publication(self._source, connection)
        except SourceError as error:
            # What ended the copy is what is reported; the next start drops the slot too.
            _logger.warning("%s", error)

    # ------------------------------------------------------------------ stream

    def _follow(
        self,
        connection: Connection,
        publisher: Publisher,
        recorded: Recorded,
        stop: threading.Event,
        reporter: _Reporter,
    ) -> None:
        cut = publisher.cut
        assert cut is not None
        with closing(Stream(self._source, cut.lsn)) as stream:
            visibility = Visibility(self._source, connection, stream.keep_alive)
            relations = Relations(self._source, connection)
            changes = Changes(
                publisher, recorded, relations,
                Reread(self._source, connection, visibility), visibility, cut.lsn,
            )  # fmt: skip
            refill = Refill(self._source, publisher, recorded, relations, visibility)
            watch = Watch(
                self._source, connection, publisher, recorded, changes, visibility, refill
            )
            if self._source.ddl == "events":
                ensure_events(self._source, connection)
            if cut.snapshot is not None:
                watch.refresh(cut.snapshot.tables, "its copy was interrupted")
            follow = Follow(self._source, connection, stream, changes, publisher, watch)
            self._has_followed = True
            follow.run(stop, lambda: reporter.stream(follow))


def _is_whole(cut: Cut | None) -> bool:
    """Whether the first copy was finished by this cut."""
    return cut is not None and (cut.snapshot is None or cut.snapshot.is_refill)


def _raise_first(checks: list[Check]) -> None:
    for check in checks:
        if check.is_fatal:
            message = f"{check.message[:1].upper()}{check.message[1:].rstrip('.')}."
            raise _REACHED_BY.get(check.name, PreflightError)(message, fix=check.fix)


class _Reporter:
    """Tells how far capture is, a few times a second."""

    def __init__(
        self,
        source: Source,
        connection: Connection,
        publisher: Publisher,
        told: OnProgress,
        interval_s: float,
    ) -> None:
        self._interval_s = interval_s
        self._source, self._connection = source, connection
        self._publisher, self._told = publisher, told
        self._at, self._rows = time.monotonic(), 0

    def snapshot(self, snapshot: Snapshot) -> None:
        if self._is_due():
            self._told(Progress("snapshot", *self._rates(snapshot.rows, snapshot.rows_estimated)))

    def stream(self, follow: Follow) -> None:
        if self._is_due():
            seen, tables = follow.watch.seen, follow.watch.tables_due
            self._told(Progress("stream", *self._rates(follow.changes_published, 0), seen, tables))

    def _is_due(self) -> bool:
        return time.monotonic() - self._at >= self._interval_s

    def _rates(self, rows: int, estimated: int) -> tuple[int, int, Lsn, int, float]:
        now = time.monotonic()
        rate = max(0, rows - self._rows) / (now - self._at)
        self._at, self._rows = now, rows
        lsn = self._publisher.cut.lsn if self._publisher.cut else Lsn(0)
        return rows, estimated, lsn, max(0, self._log_end() - lsn), rate

    def _log_end(self) -> Lsn:
        with source_errors(self._source, "ask for the end of the log of"):
            row = self._connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
        assert row is not None
        return Lsn.parse(row[0])
