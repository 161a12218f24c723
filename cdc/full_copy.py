"""Copies every table under a new slot: the first time, or again where the log is lost.

Readers publish nothing until the copy is complete, as its cuts say. An incomplete copy leaves no
slot behind, for nobody would read it.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import ExitStack, closing

from cdc.config import Source
from cdc.errors import RederiveError
from cdc.publish import Publisher
from cdc.recorded import Recorded
from cdc.reporter import Reporter
from cdc.sources.postgres.catalogue.publication import drop_publication, ensure_publication
from cdc.sources.postgres.catalogue.tables import Table
from cdc.sources.postgres.connection import Connection, connect
from cdc.sources.postgres.copying.snapshot import Snapshot
from cdc.sources.postgres.slot.new_slot import NewSlot, SlotStopped
from cdc.sources.postgres.slot.slot import drop_slot

LEAVE_S = 1.5
_logger = logging.getLogger("rederive.capture")


class FullCopy:
    """Full copies of one source's tables."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._is_slot_unread = False

    def take(
        self,
        publisher: Publisher,
        recorded: Recorded,
        tables: list[Table],
        stop: threading.Event,
        reporter: Reporter,
    ) -> bool:
        """Copy the tables under a new slot. False: `stop` was set first.

        Raises SourceError, BrokerError; PreflightError where the slot's name is taken."""
        before, connection = publisher.cut, reporter.connection
        drop_slot(self._source, connection)
        is_new = ensure_publication(
            self._source, connection, (table.name for table in tables),
            is_partitioned=any(table.kind == "p" for table in tables),
        )  # fmt: skip
        self._is_slot_unread = True
        try:
            with closing(NewSlot(self._source, connection, stop, reporter.beat)) as slot:
                snapshot = Snapshot(self._source, publisher, recorded, slot, tables)
            with closing(snapshot):
                about, began = snapshot.rows_estimated, time.monotonic()
                _logger.info("snapshot begins: %d tables, about %d rows", len(tables), about)
                self._is_slot_unread = not snapshot.take(stop, lambda: reporter.snapshot(snapshot))
            if not self._is_slot_unread:
                _tell_end(snapshot, time.monotonic() - began)
        except SlotStopped:
            return False
        finally:
            if self._is_slot_unread:
                self._abandon(connection, with_publication=is_new and publisher.cut is before)
        return not self._is_slot_unread

    def _abandon(self, connection: Connection, *, with_publication: bool) -> None:
        """Drop the slot of an incomplete copy; the next copy makes another."""
        try:
            with ExitStack() as stack:
                if connection.closed:
                    connection = stack.enter_context(closing(connect(self._source)))
                drop_slot(self._source, connection)
                if with_publication:
                    drop_publication(self._source, connection)
        except RederiveError as error:
            # The copy's own error is reported; the next start drops the slot.
            _logger.warning("%s Slot %s stays for now.", error, self._source.slot_name)

    def leave_no_slot(self) -> None:
        """Drop the slot of a copy whose thread hangs, if the source answers in time."""
        if not self._is_slot_unread:
            return
        dropping = threading.Thread(target=self._drop, name="drop", daemon=True)
        dropping.start()
        dropping.join(LEAVE_S)
        if self._is_slot_unread:
            _logger.warning(
                "Slot %s may be left at source %s, where it keeps the log; the next start of "
                "capture drops it.",
                self._source.slot_name,
                self._source.name,
            )

    def _drop(self) -> None:
        try:
            with closing(connect(self._source)) as connection:
                drop_slot(self._source, connection)
                self._is_slot_unread = False
        except RederiveError:
            return  # `leave_no_slot` warns


def _tell_end(snapshot: Snapshot, elapsed_s: float) -> None:
    for table, rows in snapshot.rows_by_table.items():
        _logger.info("table %s: %d rows copied", table, rows, extra={"table": table, "rows": rows})
    _logger.info(
        "snapshot ends: %d rows in %.1f s", snapshot.rows, elapsed_s,
        extra={"rows": snapshot.rows, "elapsed_s": round(elapsed_s, 1)},
    )  # fmt: skip
