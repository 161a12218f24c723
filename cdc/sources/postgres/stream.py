"""The log as the walsender sends it: bytes in, acknowledgements out (COPY_BOTH).

Source: PostgreSQL manual, "Streaming Replication Protocol". Nothing here knows what a message
means beyond `w` (data) and `k` (keepalive).
"""

from __future__ import annotations

import select
import struct
import time

import psycopg
from psycopg import pq

from cdc.config import Source
from cdc.errors import SourceError
from cdc.position import Lsn
from cdc.sources.postgres.connection import connect, first_line, source_errors
from cdc.sources.postgres.pgoutput import POSTGRES_EPOCH_US

MESSAGES_MAX = 2_000
BYTES_MAX = 8_000_000
STATUS_INTERVAL_S = 1.0
_DATA = ord("w")
_keepalive = struct.Struct(">xQqB").unpack_from
_status = struct.Struct(">cQQQqB").pack


class Stream:
    """One walsender. `log_end` is the newest position the server said it has sent everything up
    to, `log_end_at_us` its clock then; `is_reply_wanted` that it waits for an acknowledgement.
    `caught_up_at` is the monotonic time when nothing sent was left unread."""

    def __init__(self, source: Source, start: Lsn) -> None:
        self._source = source
        self._acknowledged = start
        self.log_end, self.log_end_at_us, self.is_reply_wanted = start, 0, False
        self.caught_up_at = self._status_due = time.monotonic()
        self._connection = connect(source, replication=True)
        self._pgconn = self._connection.pgconn
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
            result = self._pgconn.get_result()
        if result is None or result.status != pq.ExecStatus.COPY_BOTH:
            said = result.get_error_message() if result else "no answer"
            raise _refused(self._source, said)

    def read(self, timeout_s: float) -> list[bytes]:
        """Data messages that have come, at least one unless the time passes first.

        Keepalives are taken in on the way. Raises SourceError where the connection breaks.
        """
        with source_errors(self._source, "read the stream of"):
            messages = self._take()
            while not messages:
                if not self._poll.poll(0):
                    self.caught_up_at = time.monotonic()
                    if not self._poll.poll(max(0.0, timeout_s) * 1000):
                        break
                self._pgconn.consume_input()
                messages = self._take()
                timeout_s = 0.0 if self.is_reply_wanted else timeout_s
            return messages

    def _take(self) -> list[bytes]:
        get, room = self._pgconn.get_copy_data, BYTES_MAX
        messages: list[bytes] = []
        while len(messages) < MESSAGES_MAX and room > 0:
            size, view = get(1)
            if size <= 0:
                if size < 0:
                    raise self._ended()
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
        """Tell the server that nothing before `lsn` will be asked for again."""
        with source_errors(self._source, "acknowledge the stream of"):
            self._acknowledged = lsn
            self.is_reply_wanted = False
            self._send_status()

    def keep_alive(self) -> None:
        """Tell the server now and then that this side lives, while nothing is read."""
        if time.monotonic() >= self._status_due:
            with source_errors(self._source, "keep the stream of"):
                self._send_status()

    def _send_status(self) -> None:
        clock = time.time_ns() // 1000 - POSTGRES_EPOCH_US
        done = self._acknowledged
        self._status_due = time.monotonic() + STATUS_INTERVAL_S
        self._pgconn.put_copy_data(_status(b"r", done, done, done, clock, 0))
        self._pgconn.flush()

    def _ended(self) -> SourceError:
        result = self._pgconn.get_result()
        said = result.get_error_message() if result else "the server closed the stream"
        return _refused(self._source, said)

    def close(self) -> None:
        """Leave the server; what was not acknowledged will be sent again."""
        self._connection.close()


def _quoted(name: str) -> str:
    """A publication's name as an element of a list of names inside a literal."""
    return '"' + name.replace('"', '""').replace("'", "''") + '"'


def _refused(source: Source, said: str) -> SourceError:
    line = first_line(psycopg.Error(said))
    fix = "stop the other process that reads this slot" if "is active for PID" in line else ""
    return SourceError(f"The stream of source {source.name} ended: {line}.", fix=fix)
