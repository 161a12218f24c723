"""Creates the slot, which the server does once every older transaction has ended.

That may take long. So the wait can be stopped, has a limit, and logs the transaction it waits for.
A half-made slot ends with its connection.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result

from cdc.config import Source
from cdc.errors import SourceError
from cdc.position import Lsn
from cdc.sources.postgres.answer import next_result
from cdc.sources.postgres.connection import Connection, connect, source_errors
from cdc.sources.postgres.slot.slot import create_command

TELL_AFTER_S = 2.0
TELL_AGAIN_S = 60.0
CANCEL_TIMEOUT_S = 2.0
_logger = logging.getLogger("rederive.capture")

# Neither the query nor its values are read: they belong to the application.
_BLOCKERS = """
SELECT b.pid, coalesce(a.application_name, ''), coalesce(a.state, ''),
       extract(epoch FROM clock_timestamp() - a.xact_start)::int8
FROM unnest(pg_blocking_pids(%s)) AS b (pid) LEFT JOIN pg_stat_activity a USING (pid)
ORDER BY a.xact_start LIMIT 1
"""
_PREPARED = """
SELECT gid, extract(epoch FROM clock_timestamp() - prepared)::int8
FROM pg_prepared_xacts ORDER BY prepared LIMIT 1
"""


class SlotStopped(Exception):
    """`stop` was set before the slot was made; nothing is left of it."""


class NewSlot:
    """A new slot, and the snapshot of the database exactly at its start.

    Other connections can import the snapshot until `close`. `observer` is the connection that looks
    up what the server waits for; `beat` is called several times a second. Raises SlotStopped where
    `stop` is set, SourceError after the source's `slot_timeout_s`.
    """

    def __init__(
        self,
        source: Source,
        observer: Connection,
        stop: threading.Event,
        beat: Callable[[], None],
    ) -> None:
        self._source, self._observer, self._beat = source, observer, beat
        self._connection = connect(source, replication=True)
        try:
            with source_errors(source, "create the slot of"):
                row = self._create(stop)
        except BaseException:
            self._give_up()
            raise
        self.start = Lsn.parse(row[1])
        self.snapshot_name = row[2]

    def _create(self, stop: threading.Event) -> list[str]:
        pgconn = self._connection.pgconn
        pgconn.send_query(create_command(self._source.slot_name).as_bytes(self._connection))
        self._began = time.monotonic()
        self._tell_at = self._began + TELL_AFTER_S
        result = next_result(pgconn, look=lambda: self._look(stop))
        if result is None or result.status != pq.ExecStatus.TUPLES_OK:
            raise _failed(result)
        row = [(result.get_value(0, column) or b"").decode() for column in range(3)]
        while next_result(pgconn) is not None:
            pass
        return row

    def _look(self, stop: threading.Event) -> None:
        self._beat()
        if stop.is_set():
            raise SlotStopped
        now = time.monotonic()
        if now - self._began > self._source.slot_timeout_s:
            raise self._timeout()
        if now >= self._tell_at:
            _logger.warning("%s", self._wait_message(now - self._began))
            self._tell_at = now + TELL_AGAIN_S

    def _timeout(self) -> SourceError:
        return SourceError(
            f"{self._wait_message(self._source.slot_timeout_s)[:-1]}, longer than slot_timeout_s.",
            fix="end that transaction, or raise slot_timeout_s of the source",
        )

    def _wait_message(self, seconds: float) -> str:
        return (
            f"Slot {self._source.slot_name} of source {self._source.name} is made once older "
            f"transactions have ended: {self._blocker()} is waited for since {seconds:.0f} s."
        )

    def _blocker(self) -> str:
        """The oldest transaction waited for, for messages."""
        pid = self._connection.info.backend_pid
        with source_errors(self._source, "look at the transactions of"):
            row = self._observer.execute(_BLOCKERS, [pid]).fetchone()
            if row is not None and row[0]:
                name = f" of {row[1]}" if row[1] else ""
                age = f", open for {row[3]} s" if row[3] is not None else ""
                return f"that of process {row[0]}{name} ({row[2] or 'state unknown'}{age})"
            prepared = self._observer.execute(_PREPARED).fetchone()
        if prepared is not None:
            return f"prepared transaction {prepared[0]!r} (open for {prepared[1]} s)"
        return "an older one"

    def _give_up(self) -> None:
        """Clean up at the server: a waiting walsender does not notice that its client is gone."""
        pid = self._connection.info.backend_pid if not self._connection.closed else 0
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=CANCEL_TIMEOUT_S)
        self._connection.close()
        with suppress(psycopg.Error):
            if pid and not self._observer.closed:
                self._observer.execute("SELECT pg_terminate_backend(%s)", [pid])

    def close(self) -> None:
        self._connection.close()


def _failed(result: pq.abc.PGresult | None) -> psycopg.Error:
    if result is None:
        return psycopg.OperationalError("the connection is closed")
    return error_from_result(result)
