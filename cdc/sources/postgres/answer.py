"""Waiting for the server's answer to a command.

libpq's own wait holds the interpreter's lock: while a server hangs, no other thread would run and
no signal would be seen. So this module polls the socket, and asks libpq only for complete results.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable

import psycopg
from psycopg import pq

LOOK_S = 0.2


def next_result(
    pgconn: pq.abc.PGconn,
    *,
    timeout_s: float = float("inf"),
    look: Callable[[], None] | None = None,
) -> pq.abc.PGresult | None:
    """The next result; None after the last one. Calls `look` several times a second meanwhile.

    Raises psycopg.OperationalError where the connection breaks or `timeout_s` passes.
    """
    poll = select.poll()
    poll.register(pgconn.socket, select.POLLIN)
    deadline = time.monotonic() + timeout_s
    while True:
        pgconn.flush()
        if not pgconn.is_busy():
            return pgconn.get_result()
        if look is not None:
            look()
        if time.monotonic() > deadline:
            raise psycopg.OperationalError(f"no answer within {timeout_s:.0f} s")
        if poll.poll(LOOK_S * 1000):
            pgconn.consume_input()
