"""Watches the WAL that the source keeps for capture's slot, and drops the slot where allowed.

A slot keeps all log behind it, read or not. If Kafka is away for hours, that fills the database's
disk. Each second the guard measures it and warns. Where the project says `on_wal_full =
"drop-slot"`, it drops the slot over `wal_keep_max`: the application goes on, and capture has to
refill the tables.
"""

from __future__ import annotations

import logging
import time
from contextlib import closing
from dataclasses import dataclass

from cdc.config import Source
from cdc.errors import PreflightError, RederiveError, WalFullError
from cdc.sources.postgres.connection import Connection, connect, source_errors
from cdc.sources.postgres.slot.slot import drop_slot

LOOK_INTERVAL_S = 1.0
LOOK_APART_INTERVAL_S = 5.0
WARN_INTERVAL_S = 300.0
SAFE_SHARE = 4
"""Warn once less than one part in this many of what the server keeps for slots is left."""
_logger = logging.getLogger("rederive.capture")

_LOOK = """
SELECT coalesce(wal_status, ''), safe_wal_size::int8,
       coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                     ELSE pg_current_wal_lsn() END, restart_lsn), 0)::int8,
       coalesce(active_pid, 0)
FROM pg_replication_slots WHERE slot_name = %s
"""


@dataclass(frozen=True, slots=True)
class RetainedWal:
    """`retained_bytes`: of log, for the slot. `safe_bytes`: how much more may be written before the
    server invalidates the slot, None for no limit. `status`: pg_replication_slots.wal_status.
    `reader_pid`: the walsender that reads the slot, 0 for none."""

    retained_bytes: int
    safe_bytes: int | None
    status: str
    reader_pid: int


class WalGuard:
    """Watches one source's slot. `wal` is the last measurement, None without a slot."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._look_at = self._warn_at = 0.0
        self._own_reader_pid = 0
        self.wal: RetainedWal | None = None

    def turn(self, connection: Connection, *, is_due: bool = False) -> None:
        """Measure, at most once a second unless `is_due`; warn where much is retained.

        Raises WalFullError over the allowed size under `on_wal_full = "drop-slot"`: the caller then
        calls `drop` once nobody reads the slot. Raises SourceError where the source is silent."""
        now = time.monotonic()
        if now < self._look_at and not is_due:
            return
        self._look_at = now + LOOK_INTERVAL_S
        self.wal = self._look(connection)
        if self.wal is None:
            return
        risk = self._risk(self.wal)
        if risk and now >= self._warn_at:
            self._warn_at = now + WARN_INTERVAL_S
            _logger.warning("%s", risk)
        if self._is_too_much(self.wal) and self._source.on_wal_full == "drop-slot":
            raise WalFullError(
                f"Source {self._source.name} keeps {_size(self.wal.retained_bytes)} of log for "
                f"slot {self._source.slot_name}, more than wal_keep_max "
                f"({_size(self._source.wal_keep_max_bytes)})."
            )

    def turn_in_snapshot(self, connection: Connection) -> None:
        """`turn` while the tables are copied. A new copy would meet the same limit, so it raises
        PreflightError instead of WalFullError."""
        try:
            self.turn(connection)
        except WalFullError as error:
            raise PreflightError(
                f"{error} The tables are not copied in that time: the copy is given up.",
                fix="raise wal_keep_max of the source, or snapshot_connections",
            ) from error

    def turn_in_stream(self, connection: Connection) -> None:
        """`turn` while capture follows: the slot's reader is its own walsender."""
        self.turn(connection)
        self._own_reader_pid = self.wal.reader_pid if self.wal else 0

    def turn_apart(self) -> None:
        """`turn` on a connection of its own, while capture waits or hangs; also drops the slot.
        Ignores a source that does not answer."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_APART_INTERVAL_S
        try:
            with closing(connect(self._source)) as connection:
                try:
                    self.turn(connection, is_due=True)
                except WalFullError as error:
                    self.drop(connection, error)
        except RederiveError:
            pass  # a server that is down writes no log; the run reports why it waits
        self._look_at = time.monotonic() + LOOK_APART_INTERVAL_S

    def drop(self, connection: Connection, error: WalFullError) -> None:
        """Drop the slot and log it. Raises SourceError where that fails."""
        wal = self._look(connection)
        if wal is not None and 0 != wal.reader_pid == self._own_reader_pid:
            # The thread that reads it waits for Kafka and cannot close the stream.
            with source_errors(self._source, "end the stream of"):
                connection.execute("SELECT pg_terminate_backend(%s)", [wal.reader_pid])
        drop_slot(self._source, connection)
        self.wal = None
        _logger.error(
            "%s The slot is dropped, as on_wal_full says: capture loses all changes from now on, "
            "until the tables are refilled.",
            error,
        )

    def drop_apart(self, error: WalFullError) -> None:
        """`drop` on a connection of its own, once the stream is closed."""
        try:
            with closing(connect(self._source)) as connection:
                self.drop(connection, error)
        except RederiveError as failure:
            _logger.warning("%s", failure)

    def _look(self, connection: Connection) -> RetainedWal | None:
        with source_errors(self._source, "look at the slot of"):
            row = connection.execute(_LOOK, [self._source.slot_name]).fetchone()
        return RetainedWal(row[2], row[1], row[0], row[3]) if row else None

    def _is_too_much(self, wal: RetainedWal) -> bool:
        return 0 < self._source.wal_keep_max_bytes < wal.retained_bytes

    def _risk(self, wal: RetainedWal) -> str:
        """The warning in one line, or ""."""
        name = f"slot {self._source.slot_name} of source {self._source.name}"
        much = f"The server keeps {_size(wal.retained_bytes)} of log for {name}"
        if wal.status == "unreserved":
            return f"{much} and gives it up at its next checkpoint: max_slot_wal_keep_size is full."
        if wal.safe_bytes is not None and wal.safe_bytes * (SAFE_SHARE - 1) < wal.retained_bytes:
            return f"{much}; after {_size(max(0, wal.safe_bytes))} more it gives the slot up."
        if self._is_too_much(wal):
            return f"{much}, more than wal_keep_max."
        if 0 < self._source.wal_warn_bytes < wal.retained_bytes:
            return f"{much}: capture is behind, or cannot write to Kafka."
        return ""


def _size(count: int) -> str:
    for unit, scale in (("TB", 2**40), ("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} bytes"
