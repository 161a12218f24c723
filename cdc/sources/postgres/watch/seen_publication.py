"""Whether the publication is still the one looked at, before a cut is written.

A change of the publication takes effect in the log at once, while sessions see it a moment later,
or much later under a synchronous standby. Meanwhile changes may be missing in the log though the
publication looks unchanged. But a transaction that changes a catalogue row sets xmax on the visible
row long before it commits. So no cut is written while a running transaction has marked one of the
publication's rows. Exception: its session is idle in transaction, so it has not begun to commit.
Source: PostgreSQL manual, "System Columns" (xmax), "pg_locks".
"""

from __future__ import annotations

import logging
import time

from cdc.config import Source
from cdc.sources.postgres.catalogue.publication import PublicationMark, publication_mark
from cdc.sources.postgres.catalogue.writers import Transaction, transactions_of
from cdc.sources.postgres.connection import Connection, source_errors

PAUSE_S = 0.02
SAY_AFTER_S = 30.0
_logger = logging.getLogger("rederive.capture")


class SeenPublication:
    """Asks on `connection`. `is_changing`: a running transaction forbids a cut."""

    def __init__(self, source: Source, connection: Connection) -> None:
        self._source, self._connection = source, connection
        self._seen = self._newest = ""
        self._undone: frozenset[int] = frozenset()
        self._ask_at = self._held_since = self._say_at = 0.0

    @property
    def is_changing(self) -> bool:
        return self._held_since > 0

    def look(self) -> None:
        """Take the publication as it is now for the one looked at."""
        self._seen = self._mark().text

    def is_settled(self) -> bool:
        """Whether no unseen change of the publication can be in the log."""
        if time.monotonic() < self._ask_at:
            return False
        newest = self._mark()
        if unknown := newest.changed_by - self._undone:
            running = self._transactions(unknown)
            if committing := [each for each in running if not each.is_idle]:
                self._hold(committing[0])
                return False
            # One that has ended in between may have committed: look again. A mark that still shows
            # is of a transaction rolled back, or of one that was idle when asked.
            newest = self._mark()
            ended = unknown - {each.xid for each in running}
            self._undone = newest.changed_by & (self._undone | ended)
        self._newest = newest.text
        self._ask_at = self._held_since = self._say_at = 0.0
        return True

    def is_as_seen(self) -> bool:
        """Whether the publication, once settled, is the one looked at."""
        return self._newest == self._seen

    def _hold(self, transaction: Transaction) -> None:
        now = time.monotonic()
        self._ask_at = now + PAUSE_S
        if not self._held_since:
            self._held_since, self._say_at = now, now + SAY_AFTER_S
            _logger.info(
                "Publication %s is being changed by %s: no cut is written before that has ended.",
                self._source.publication_name, transaction,
            )  # fmt: skip
        elif now > self._say_at:
            self._say_at = now + SAY_AFTER_S
            _logger.warning(
                "No cut has been written for %.0f s: publication %s is being changed by %s, which "
                "has not ended%s.", now - self._held_since, self._source.publication_name,
                transaction, self._standby(),
            )  # fmt: skip

    def _standby(self) -> str:
        with source_errors(self._source, "look at the settings of"):
            row = self._connection.execute(
                "SELECT current_setting('synchronous_standby_names')"
            ).fetchone()
        return f"; commits wait for a synchronous standby ({row[0]})" if row and row[0] else ""

    def _mark(self) -> PublicationMark:
        with source_errors(self._source, "look at the publication of"):
            return publication_mark(self._connection, self._source.publication_name)

    def _transactions(self, xids: frozenset[int]) -> list[Transaction]:
        with source_errors(self._source, "look at who changes the publication of"):
            return transactions_of(self._connection, xids)
