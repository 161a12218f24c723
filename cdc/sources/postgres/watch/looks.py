"""When the catalogue is looked at, and what is seen there of the tables that are wanted."""

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
"""Where the log tells of each DDL command; TRUNCATE of a partition is none."""


class Looks:
    """What was seen of the catalogue last: up to `seen` it is known."""

    def __init__(self, wanted: Wanted, connection: Connection) -> None:
        self._wanted, self._source, self._connection = wanted, wanted.source, connection
        self._mark = self._found = ""
        self.publication = SeenPublication(self._source, connection)
        self._oids: list[int] = []
        self._due_at = 0.0
        self.seen = Lsn(0)

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._due_at

    def forget(self) -> None:
        """Take the catalogue for changed, whatever the next look sees."""
        self._mark = ""

    def has_news(self) -> bool:
        """Whether the catalogue is another one than when all of it was last taken in."""
        with source_errors(self._source, "look at the catalogue of"):
            self._found, self.seen = mark(self._connection, self._oids)
            is_told = self._source.ddl == "events" and has_events(self._connection)
        self._due_at = time.monotonic() + (EVENTS_INTERVAL_S if is_told else LOOK_INTERVAL_S)
        is_news = self._found != self._mark
        if is_news:
            self.forget()  # until all is taken in
        return is_news

    def taken_in(self) -> None:
        """All that `has_news` found has been dealt with."""
        self._mark = self._found

    def of(self, patterns: list[str]) -> Look:
        """Look at the tables that the patterns name."""
        with source_errors(self._source, "look at the tables of"):
            found = look(self._source, self._connection, patterns)
        removed = self._wanted.removed
        kept = {name: d for name, d in found.definitions.items() if name not in removed}
        return replace(found, definitions=kept)

    @contextmanager
    def of_all(self) -> Iterator[Look]:
        """Look at all tables that are wanted; inside, the connection sees the same moment."""
        # Before the look: what happens in between is news to the next one.
        self.publication.look()
        with source_errors(self._source, "look at the tables of"), one_snapshot(self._connection):
            found = self.of(self._wanted.patterns)
            self._oids = [definition.oid for definition in found.definitions.values()]
            yield found
