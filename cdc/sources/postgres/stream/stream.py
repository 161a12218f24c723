"""The replication stream: bytes in, acknowledgements out (COPY_BOTH).

Source: PostgreSQL manual, "Streaming Replication Protocol". This module distinguishes only `w`
(data) and `k` (keepalive) messages.
"""

from __future__ import annotations

import select
import struct
import time
from contextlib import closing, suppress

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result

from cdc.config import Source
from cdc.errors import SourceError
from cdc.position import Lsn
from cdc.sources.postgres.answer import next_result
from cdc.sources.postgres.connection import connect, first_line, source_errors
from cdc.sources.postgres.stream.pgoutput import POSTGRES_EPOCH_US

MESSAGES_MAX = 2_000
BYTES_MAX = 8_000_000
STATUS_INTERVAL_S = 0.25
_DATA = ord("w")
_keepalive = struct.Struct(">xQqB").unpack_from
_status = struct.Struct(">cQQQqB").pack


class Stream:
    """One walsender.

    `log_end`: the newest position up to which the server says it has sent everything;
    `log_end_at_us`: the server's clock then. `is_reply_wanted`: it waits for an acknowledgement.
    `caught_up_at`: the monotonic time when no sent message was unread.
    """

    def __init__(self, source: Source, start: Lsn) -> None:
        self._source = source
        self._acknowledged = start
        self.log_end, self.log_end_at_us, self.is_reply_wanted = start, 0, False
        self.caught_up_at = self._heard_at = self._status_due = time.monotonic()
        self._asked_at = 0.0
        self._connection = connect(source, replication=True)
        self._pgconn = self._connection.pgconn
        self._backend_pid = self._pgconn.backend_pid
        try:
            self._start(start)
        except BaseException:
            self.close()
            raise
        self._poll = select.poll()
        self._poll.register(self._pgconn.socket, select.POLLIN)

    def _start(self, start: Lsn) -> None:
        slot, publication = self._source.slot_name, self._source.publication_name
        options = f"proto_version '1', publication_names '{_quoted(publication)}'"
        if self._source.ddl == "events":
            options += ", messages 'true'"
        with source_errors(self._source, "start the stream of"):
            command = f'START_REPLICATION SLOT "{slot}" LOGICAL {start} ({options})'
            self._pgconn.send_query(command.encode())
            result = next_result(self._pgconn, timeout_s=self._source.silence_max_s)
        if result is None or result.status != pq.ExecStatus.COPY_BOTH:
            raise _ended(self._source, result)

    def read(self, timeout_s: float) -> list[bytes]:
        """The data messages received: at least one, unless `timeout_s` passes first.

        Handles keepalives on the way. Raises SourceError where the connection breaks, or the server
        is silent for the source's `silence_max_s`.
        """
        with source_errors(self._source, "read the stream of"):
            messages, deadline = self._take(), time.monotonic() + timeout_s
            while not messages:
                if not self._poll.poll(0):
                    self.caught_up_at = time.monotonic()
                    if not self._poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                        self._check_silence()
                        break
                self._heard_at = time.monotonic()
                self._pgconn.consume_input()
                messages = self._take()
                # A run of keepalives alone must not keep the caller here.
                if self.is_reply_wanted or time.monotonic() >= deadline:
                    break
            return messages

    def _check_silence(self) -> None:
        """A dead peer and an idle one look the same, so ask for a reply: a walsender replies even
        while it decodes. Raises SourceError without one."""
        now, ask_after_s = time.monotonic(), self._source.silence_max_s / 6
        if now - self._heard_at < ask_after_s:
            return
        if self._asked_at < self._heard_at:
            self._asked_at = now
            self._send_status(is_reply_wanted=True)
        elif now - self._asked_at > self._source.silence_max_s - ask_after_s:
            raise SourceError(
                f"The server of source {self._source.name} has not answered for "
                f"{now - self._heard_at:.0f} s.",
                fix="check that the server runs and that the network reaches it",
            ) from psycopg.OperationalError("the walsender is silent")

    def _take(self) -> list[bytes]:
        get, room = self._pgconn.get_copy_data, BYTES_MAX
        messages: list[bytes] = []
        while len(messages) < MESSAGES_MAX and room > 0:
            size, view = get(1)
            if size <= 0:
                if size < 0:
                    raise _ended(self._source, next_result(self._pgconn))
                break
            message = bytes(view)
            if message[0] == _DATA:
                messages.append(message)
                room -= size
            else:
                self._take_keepalive(message)
        return messages

    def _take_keepalive(self, message: bytes) -> None:
        end, clock, reply = _keepalive(message)
        self.log_end, self.log_end_at_us = Lsn(end), clock + POSTGRES_EPOCH_US
        if reply:
            self.is_reply_wanted = True
            self._send_status()

    def acknowledge(self, lsn: Lsn) -> None:
        """Tell the server that nothing before `lsn` will be requested again."""
        with source_errors(self._source, "acknowledge the stream of"):
            self._acknowledged = lsn
            self.is_reply_wanted = False
            self._send_status()

    def keep_alive(self) -> None:
        """Send a status now and then while nothing is read, so that the server keeps the stream."""
        if time.monotonic() >= self._status_due:
            with source_errors(self._source, "keep the stream of"):
                self._send_status()

    def _send_status(self, *, is_reply_wanted: bool = False) -> None:
        clock = time.time_ns() // 1000 - POSTGRES_EPOCH_US
        done = self._acknowledged
        self._status_due = time.monotonic() + STATUS_INTERVAL_S
        self._pgconn.put_copy_data(_status(b"r", done, done, done, clock, is_reply_wanted))
        self._pgconn.flush()

    def close(self) -> None:
        """Close the connection; the server sends again what was not acknowledged."""
        self._connection.close()
        if time.monotonic() - self._heard_at > self._source.silence_max_s / 6 + 1.0:
            self._end_walsender()

    def _end_walsender(self) -> None:
        """Terminate a walsender whose connection is dead: it would hold the slot until
        wal_sender_timeout."""
        with suppress(SourceError, psycopg.Error), closing(connect(self._source)) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [self._backend_pid])


def _quoted(name: str) -> str:
    """A publication's name, quoted as an element of a list inside a literal."""
    return '"' + name.replace('"', '""').replace("'", "''") + '"'


def _ended(source: Source, result: pq.abc.PGresult | None) -> SourceError:
    """The reason why the stream ended, with the server's error as its cause."""
    message = result.get_error_message().strip() if result else ""
    cause: psycopg.Error = psycopg.OperationalError(message or "the server closed the stream")
    if result is not None and result.error_field(pq.DiagnosticField.SQLSTATE):
        cause = error_from_result(result)
    line = first_line(cause)
    fix = "stop the other process that reads this slot" if "is active for PID" in line else ""
    error = SourceError(f"The stream of source {source.name} ended: {line}.", fix=fix)
    error.__cause__ = cause
    return error
