"""Waiting until a query sees what the stream has reported.

The walsender sends a commit as soon as it is written. Other sessions see it once the committing
backend has left the list of running transactions: a moment later, or as long as a synchronous
standby delays the commit. A query made because of a transaction must wait for that.

Source: PostgreSQL manual, "Snapshot Functions"; src/backend/access/transam/xact.c,
CommitTransaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

from cdc.config import Source
from cdc.errors import SourceError
from cdc.sources.postgres.connection import Connection, source_errors

TIMEOUT_S = 30.0
NOTED_MAX = 4_096
_PAUSE_FIRST_S, _PAUSE_MAX_S = 0.001, 0.1
_XIDS = 2**32


class Visibility:
    """The stream's transactions that a query on `connection` may not see yet.

    Calls `keep_alive` while it waits for one.
    """

    def __init__(
        self, source: Source, connection: Connection, keep_alive: Callable[[], None]
    ) -> None:
        self._source, self._connection, self._keep_alive = source, connection, keep_alive
        self._noted: list[int] = []

    def note(self, xid: int) -> None:
        """Add a transaction of the stream."""
        self._noted.append(xid)
        if len(self._noted) > NOTED_MAX:
            self._noted = self._unseen()

    def wait(self) -> None:
        """Return once a query sees every transaction noted so far.

        Raises SourceError where that takes longer than TIMEOUT_S.
        """
        if not self._noted:
            return
        deadline, pause_s = time.monotonic() + TIMEOUT_S, _PAUSE_FIRST_S
        while unseen := self._unseen():
            self._noted = unseen
            if time.monotonic() > deadline:
                # Retried: it passes with the standby, or whatever else delays the commit.
                raise self._not_seen(unseen[0]) from psycopg.OperationalError("not visible")
            self._keep_alive()
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _PAUSE_MAX_S)
        self._noted = []

    def _unseen(self) -> list[int]:
        with source_errors(self._source, "ask which transactions are in progress in"):
            row = self._connection.execute(
                "SELECT pg_current_snapshot()::text", prepare=True
            ).fetchone()
        assert row is not None
        _, end, running = row[0].split(":")
        xmax = int(end)
        open_xids = frozenset(int(xid) for xid in running.split(",") if xid)

        def is_unseen(xid: int) -> bool:
            # The log holds the low 32 bits, less than 2**31 away from the present.
            whole = xmax + (xid - xmax + _XIDS // 2) % _XIDS - _XIDS // 2
            return whole >= xmax or whole in open_xids

        return [xid for xid in self._noted if is_unseen(xid)]

    def _not_seen(self, xid: int) -> SourceError:
        row = self._connection.execute("SELECT current_setting('synchronous_standby_names')")
        (names,) = row.fetchone() or ("",)
        because = f": it waits for a synchronous standby ({names})" if names else ""
        return SourceError(
            f"Transaction {xid} of source {self._source.name} is committed in the log, but no "
            f"session sees it after {TIMEOUT_S:.0f} s{because}.",
            fix="start the standby, or correct synchronous_standby_names" if names
            else "look at the session that commits it",
        )  # fmt: skip
