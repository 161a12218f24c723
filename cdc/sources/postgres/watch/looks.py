"""When to look at the catalogue, and what the last look saw of the wanted tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from cdc.position import Lsn
from cdc.sources.postgres.catalogue.ddl_events import has_events
from cdc.sources.postgres.catalogue.look import Look, look, mark, one_snapshot
from cdc.sources.postgres.connection import Connection, source_errors
from cdc.sources.postgres.watch.seen_publication import SeenPublication
from cdc.wanted import Wanted

LOOK_INTERVAL_S = 1.0
EVENTS_INTERVAL_S = 10.0
"""Where DDL commands are in the log. TRUNCATE of a partition is not, so looks go on."""


class Looks:
    """The last look: the catalogue is known up to `seen`."""

    def __init__(self, wanted: Wanted, connection: Connection) -> None:
        self._wanted, self._source, self._connection = wanted, wanted.source, connection
        self._mark = self._newest = ""
        self.publication = SeenPublication(self._source, connection)
        self._oids: list[int] = []
        self._due_at = 0.0
        self.seen = Lsn(0)

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._due_at

    def forget(self) -> None:
        """Take the catalogue for changed at the next look."""
        self._mark = ""

    def has_news(self) -> bool:
        """Whether the catalogue has changed since `taken_in`."""
        with source_errors(self._source, "look at the catalogue of"):
            self._newest, self.seen = mark(self._connection, self._oids)
            is_told = self._source.ddl == "events" and has_events(self._connection)
        self._due_at = time.monotonic() + (EVENTS_INTERVAL_S if is_told else LOOK_INTERVAL_S)
        is_news = self._newest != self._mark
        if is_news:
            self.forget()  # until `taken_in`
        return is_news

    def taken_in(self) -> None:
        """All that `has_news` saw has been handled."""
        self._mark = self._newest

    def of(self, patterns: list[str]) -> Look:
        """Look at the wanted tables that match the patterns."""
        with source_errors(self._source, "look at the tables of"):
            seen = look(self._source, self._connection, patterns)
        removed = self._wanted.removed
        wanted = {name: d for name, d in seen.definitions.items() if name not in removed}
        return replace(seen, definitions=wanted)

    @contextmanager
    def of_all(self) -> Iterator[Look]:
        """Look at all wanted tables; inside the block the connection sees the same snapshot."""
        # Before the look, so that a change in between shows at the next one.
        self.publication.look()
        with source_errors(self._source, "look at the tables of"), one_snapshot(self._connection):
            seen = self.of(self._wanted.patterns)
            self._oids = [definition.oid for definition in seen.definitions.values()]
            yield seen
