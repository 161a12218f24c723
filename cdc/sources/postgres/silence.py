"""Breaks the connection of a query that is never answered.

libpq waits for an answer without limit. Where a proxy or a stopped server's kernel keeps the
connection alive, nothing ends that wait. So another thread shuts the socket down, which ends the
wait with an error.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from psycopg.pq import TransactionStatus

from cdc.sources.postgres.connection import Connection

LOOK_INTERVAL_S = 1.0


class SilentConnection:
    """Watches one connection for a query that is not answered for `silence_max_s`."""

    def __init__(self, silence_max_s: float) -> None:
        self._silence_max_s = silence_max_s
        self._connection: Connection | None = None
        self._active_since = self._look_at = 0.0

    @contextmanager
    def watching(self, connection: Connection) -> Iterator[None]:
        """Watch this connection inside the block."""
        self._connection = connection
        try:
            yield
        finally:
            self._connection = None

    def look(self, silent_s: float) -> None:
        """Shut the socket down where a query is overdue. Called by another thread; `silent_s` is
        how long the connection's own thread has shown no progress."""
        now, connection = time.monotonic(), self._connection
        if now < self._look_at or connection is None or connection.closed:
            return
        self._look_at = now + LOOK_INTERVAL_S
        if connection.pgconn.transaction_status != TransactionStatus.ACTIVE:
            self._active_since = 0.0
            return
        self._active_since = self._active_since or now
        if min(silent_s, now - self._active_since) > self._silence_max_s:
            self._active_since = 0.0
            with suppress(OSError), socket.socket(fileno=connection.fileno()) as seen:
                try:
                    seen.shutdown(socket.SHUT_RDWR)
                finally:
                    seen.detach()  # libpq closes it
