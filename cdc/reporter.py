"""What capture's loops do at each turn beside their work: report progress, signal life, watch the
WAL."""

from __future__ import annotations

import time
from collections.abc import Callable

from cdc.config import Source
from cdc.position import Lsn
from cdc.progress import Progress
from cdc.publish import Publisher
from cdc.sources.postgres.connection import Connection, source_errors
from cdc.sources.postgres.copying.snapshot import Snapshot
from cdc.sources.postgres.follow import Follow
from cdc.sources.postgres.slot.walguard import WalGuard


class Reporter:
    """Called at each turn of capture's loops. `beat` signals life; `follows`, following the log."""

    def __init__(
        self,
        report: Callable[[Progress], None],
        interval_s: float,
        guard: WalGuard,
        beat: Callable[[], None],
        follows: Callable[[], None],
    ) -> None:
        self._report, self._interval_s, self._guard = report, interval_s, guard
        self.beat, self._follows = beat, follows
        self._at, self._rows = time.monotonic(), 0

    def look_at(self, source: Source, connection: Connection, publisher: Publisher) -> None:
        """From now on report what this publisher writes of this source."""
        self._source, self.connection, self._publisher = source, connection, publisher

    def snapshot(self, snapshot: Snapshot) -> None:
        self.beat()
        self._guard.turn_in_snapshot(self.connection)
        if self._is_due():
            self._report(Progress("snapshot", *self._rates(snapshot.rows, snapshot.rows_estimated)))

    def stream(self, follow: Follow) -> None:
        self.beat()
        self._follows()
        self._guard.turn_in_stream(self.connection)
        if self._is_due():
            watch, cut = follow.watch, self._publisher.cut
            self._report(
                Progress(
                    "stream", *self._rates(follow.changes_published, 0), watch.seen,
                    watch.tables_due, tuple(watch.readings), dict(watch.faults),
                    cut.committed_at_us if cut is not None else 0, watch.suspended,
                )
            )  # fmt: skip

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
            row = self.connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
        assert row is not None
        return Lsn.parse(row[0])
