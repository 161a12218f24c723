"""Capture of one source: from its log to its topics, exactly once, until stopped.

The newest committed cut is the only checkpoint. A run fences any other writer of the topics and
reads that cut. It copies the tables where there is no cut to resume from, then follows the log. A
failure ends the run without a partial effect. A run that had followed the log is repeated from the
cut after a pause.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing

from cdc.broker import Topics
from cdc.check import Check
from cdc.commands import Commands, thread_of
from cdc.config import Kafka, Source
from cdc.contract.cut import Cut
from cdc.contract.topics import cuts_topic
from cdc.errors import BrokerError, PreflightError, RederiveError, SourceError, WalFullError
from cdc.failures import one_line
from cdc.full_copy import FullCopy
from cdc.listing import listed
from cdc.preflight import check_kafka
from cdc.progress import PROGRESS_INTERVAL_S, Progress
from cdc.publish import Publisher
from cdc.ready_topics import check_server, ready_topics
from cdc.recorded import Recorded
from cdc.reporter import Reporter
from cdc.retry import Retry
from cdc.sources.postgres.catalogue.ddl_events import ensure_events
from cdc.sources.postgres.catalogue.sizes import estimated_bytes
from cdc.sources.postgres.catalogue.tables import Table
from cdc.sources.postgres.checks.preflight import check_source
from cdc.sources.postgres.connection import Connection, connect, log_end, source_errors
from cdc.sources.postgres.copying.refill import Refill
from cdc.sources.postgres.fitness.fitness import fitness
from cdc.sources.postgres.follow import Follow
from cdc.sources.postgres.lease import hold_lease
from cdc.sources.postgres.orders import Orders
from cdc.sources.postgres.silence import SilentConnection
from cdc.sources.postgres.slot.history import SourceLog, source_log
from cdc.sources.postgres.slot.resume import why_lost
from cdc.sources.postgres.slot.slot import find_slot, wait_until_free
from cdc.sources.postgres.slot.walguard import WalGuard
from cdc.sources.postgres.stream.changes import Changes
from cdc.sources.postgres.stream.relations import Relations
from cdc.sources.postgres.stream.reread import Reread
from cdc.sources.postgres.stream.stream import Stream
from cdc.sources.postgres.visibility import Visibility
from cdc.sources.postgres.watch.watch import Watch
from cdc.worker import Worker

GUARD_AFTER_S = 5.0
"""Once the worker has shown no progress for so long, another thread watches the WAL."""
_RESNAPSHOT = "take a new snapshot: `rederive capture --resnapshot`"
_logger = logging.getLogger("rederive.capture")

# The errors of checks that failed because a server was away: those may pass and be retried.
_REACHED_BY: dict[str, type[RederiveError]] = {"source": SourceError, "kafka": BrokerError}

OnProgress = Callable[[Progress], None]


class Capture:
    """Capture of one source. `run` creates all clients, and closes them before it returns."""

    def __init__(
        self,
        source: Source,
        kafka: Kafka,
        *,
        progress_interval_s: float = PROGRESS_INTERVAL_S,
        commands: Commands | None = None,
    ) -> None:
        self._source, self._kafka = source, kafka
        self._progress_interval_s = progress_interval_s
        self._is_refilling = self._is_taking_over = False
        self._session_pid = 0
        self._guard = WalGuard(source)
        self._guarding: threading.Thread | None = None
        self._copy = FullCopy(source)
        self._commands = commands or Commands(source, threading.Event())
        self._wanted = self._commands.wanted
        self._tables: list[str] = []
        self._uncountable: set[str] = set()

    def run(
        self,
        stop: threading.Event,
        on_progress: OnProgress | None = None,
        *,
        resnapshot: bool = False,
        take_over: bool = False,
        wait: bool = False,
    ) -> None:
        """Capture until `stop` is set. Returns with everything published inside a committed cut.

        `resnapshot`: copy the tables though there is a cut to resume from. `take_over`: fence
        another capture of this source instead of being refused. `wait`: wait for a source or broker
        that is away from the start on; once capture has followed the log, it always waits.

        Raises PreflightError where somebody must mend something, SourceError or BrokerError where a
        server keeps refusing, FencedError where another capture took over. If work hangs in a
        server when `stop` is set, it is abandoned without effect.
        """
        self._is_refilling, self._is_taking_over = resnapshot, take_over
        report = self._commands.recording(on_progress or (lambda _: None))
        watch = SilentConnection(self._source.silence_max_s)
        name = thread_of(self._source)
        worker = Worker(name, lambda: self._run_again(stop, worker, watch, report, wait))
        self._commands.silent_s = lambda: worker.silent_s
        if not worker.run(stop, lambda: self._look(worker, watch)):
            _logger.warning("A server does not answer: uncommitted work is abandoned.")
            self._copy.leave_no_slot()

    def _look(self, worker: Worker, watch: SilentConnection) -> None:
        """Called several times a second by a thread other than the worker's."""
        watch.look(worker.silent_s)
        is_looking = self._guarding is not None and self._guarding.is_alive()
        if worker.silent_s > GUARD_AFTER_S and not is_looking:
            self._guarding = threading.Thread(
                target=self._guard.turn_apart, name=thread_of(self._source), daemon=True
            )
            self._guarding.start()

    def _run_again(
        self,
        stop: threading.Event,
        worker: Worker,
        watch: SilentConnection,
        report: OnProgress,
        is_patient: bool,
    ) -> None:
        """Run, and run again after a failure that may pass, until `stop`."""
        retry = Retry(is_patient=is_patient)
        while True:
            reporter = Reporter(
                report, self._progress_interval_s, self._guard, worker.beat, retry.follows
            )
            try:
                with one_line(self._source, self._kafka):
                    return self._run(stop, reporter, watch)
            except (SourceError, BrokerError) as error:
                if isinstance(error, WalFullError):
                    self._guard.drop_apart(error)
                pause_s = retry.pause_s(error)
                if pause_s is None:
                    raise
                self._commands.note_trouble(error)
            resume_at = time.monotonic() + pause_s
            while (left_s := resume_at - time.monotonic()) > 0:
                worker.beat()
                self._guard.turn_apart()
                if stop.wait(min(left_s, 1.0)):
                    return

    def _run(self, stop: threading.Event, reporter: Reporter, watch: SilentConnection) -> None:
        with ExitStack() as stack:
            connection = stack.enter_context(closing(connect(self._source)))
            stack.enter_context(watch.watching(connection))
            with source_errors(self._source, "examine"):
                wait_until_free(self._source, connection)
                # Raises BrokerError where the broker is away, which a check would not.
                Topics(self._kafka).partitions()
                if not self._is_taking_over:
                    hold_lease(self._source, connection, self._session_pid)
                self._session_pid = connection.info.backend_pid
                tables = self._checked_tables(connection)
                sizes = estimated_bytes(connection, (table.name for table in tables))
                log = source_log(self._source)
            name, topics = self._source.name, Topics(self._kafka)
            if not self._is_taking_over:
                check_server(self._kafka, self._source, topics, log.server)
            publisher = stack.enter_context(
                closing(Publisher(self._source, self._kafka, topics, stop, self._uncountable))
            )
            publisher.counts = self._commands.counts
            publisher.fence()
            self._commands.is_alone()
            self._tell_tables([table.name for table in tables])
            ready = ready_topics(self._kafka, name, topics, sizes, resnapshot=self._is_refilling)
            checkpoint = ready.checkpoint
            publisher.resume(checkpoint.cut, ready.topics)
            reporter.look_at(self._source, connection, publisher)
            is_to_copy = self._is_to_copy(connection, log, checkpoint.cut)
            publisher.history = log.history_behind(checkpoint.cut)
            refill = ready.refill
            recorded = Recorded(publisher, checkpoint.schemas, refill)
            if is_to_copy:
                if not self._copy.take(publisher, recorded, tables, stop, reporter):
                    return
                self._is_refilling, refill = False, ()
            else:
                same = (s for t, s in checkpoint.schemas.items() if t not in refill)
                publisher.identify(same)
                _logger.info("goes on at cut %s", checkpoint.cut and checkpoint.cut.lsn)
            while self._follow(connection, publisher, recorded, refill, stop, reporter):
                refill = ()
                _logger.info("restarts the stream, because a table was attached or detached")
                with source_errors(self._source, "examine the slot of"):
                    wait_until_free(self._source, connection)

    # ------------------------------------------------------------------ preparation

    def _checked_tables(self, connection: Connection) -> list[Table]:
        """The tables to capture. Raises for the first fatal check."""
        # The slot is compared with the newest cut later.
        checks = [c for c in check_source(self._source) if c.name != "slot"]
        _raise_first([c for c in checks if not c.name.startswith("table ")])
        _raise_first(check_kafka(self._source, self._kafka))
        if cuts_topic(self._source.name) not in Topics(self._kafka).partitions():
            # Once capture has begun, a table that cannot be captured does not stop the others.
            _raise_first(checks)
        fit = fitness(self._wanted.source, connection).captured
        return [table for table in fit if table.name not in self._wanted.removed]

    def _tell_tables(self, names: list[str]) -> None:
        """Log which tables are captured, whenever they change."""
        if names != self._tables:
            self._tables = names
            _logger.info("captures %d tables: %s", len(names), listed(names))

    def _is_to_copy(self, connection: Connection, log: SourceLog, cut: Cut | None) -> bool:
        """Whether to copy the tables: on request, without a complete first copy, or where the log
        after the cut is lost and `on_lost` is "refill". Raises PreflightError under "stop"."""
        if self._is_refilling or cut is None or not _is_whole(cut):
            return True
        with source_errors(self._source, "examine the slot of"):
            slot = find_slot(connection, self._source.slot_name)
        why = why_lost(self._source, log, slot, cut)
        if not why:
            return False
        if self._source.on_lost == "stop":
            raise PreflightError(why, fix=f'{_RESNAPSHOT}, or set on_lost = "refill"')
        _logger.warning(
            "%s Every table is refilled, as on_lost says; views stay unchanged until that is "
            "complete.", why
        )  # fmt: skip
        self._is_refilling = True
        return True

    # ------------------------------------------------------------------ stream

    def _follow(
        self,
        connection: Connection,
        publisher: Publisher,
        recorded: Recorded,
        refill_first: tuple[str, ...],
        stop: threading.Event,
        reporter: Reporter,
    ) -> bool:
        """Whether the stream must be restarted."""
        cut = publisher.cut
        assert cut is not None
        with ExitStack() as stack:
            stream = stack.enter_context(closing(Stream(self._source, cut.lsn)))
            visibility = Visibility(self._source, connection, stream.keep_alive)
            relations = Relations(self._source, connection)
            changes = Changes(
                publisher, recorded, relations,
                Reread(self._source, connection, visibility), visibility, cut.lsn,
            )  # fmt: skip
            refill = Refill(self._source, publisher, recorded, relations, visibility)
            watch = stack.enter_context(closing(Watch(
                self._wanted, connection, publisher, recorded, changes, visibility, refill
            )))  # fmt: skip
            if self._source.ddl == "events":
                ensure_events(self._source, connection)
            if cut.snapshot is not None:
                # The rows of the interrupted part were read at a position before this one.
                watch.not_before = log_end(connection)
                watch.refresh(cut.snapshot.tables, "its copy was interrupted")
            if refill_first:
                watch.refresh(refill_first, "its topic changed")
            orders = Orders(self._wanted, connection, recorded, watch, refill)
            follow = Follow(
                self._source, connection, stream, changes, publisher, watch, self._commands.between
            )
            _logger.info("reads the log from %s", cut.lsn)
            with self._commands.serving(orders):
                follow.run(stop, lambda: reporter.stream(follow))
            return watch.restart_at is not None and not stop.is_set()


def _is_whole(cut: Cut | None) -> bool:
    """Whether the first copy was finished by this cut."""
    return cut is not None and (cut.snapshot is None or cut.snapshot.is_refill)


def _raise_first(checks: list[Check]) -> None:
    for check in checks:
        if check.is_fatal:
            message = f"{check.message[:1].upper()}{check.message[1:].rstrip('.')}."
            raise _REACHED_BY.get(check.name, PreflightError)(message, fix=check.fix)
