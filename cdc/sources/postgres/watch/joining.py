"""Tables just added to the publication, which wait until earlier writers have ended.

The server sends a table's changes from some later position on, and not what running transactions
wrote before. So a table is read once every transaction that may have written to it by then has
ended. The wait takes no lock, lest others queue behind it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cdc.config import Source
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.catalogue.writers import Writer, writers_of
from cdc.sources.postgres.connection import Connection, source_errors

_logger = logging.getLogger("rederive.capture")


@dataclass(frozen=True, slots=True)
class _Awaited:
    oid: int
    writers: Mapping[str, Writer]


class Joining:
    """The waiting tables, by name."""

    def __init__(self, source: Source, connection: Connection) -> None:
        self._source, self._connection = source, connection
        self._tables: dict[str, _Awaited] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __contains__(self, table: str) -> bool:
        return table in self._tables

    def add(self, definition: Definition) -> None:
        """Make a table wait for its present writers."""
        name = definition.table
        writers = self._writers(name, definition.oid)
        self._tables[name] = _Awaited(definition.oid, writers)
        for writer in writers.values():
            _logger.info("Table %s joins when the transaction of %s ends.", name, writer)

    def reason(self, table: str) -> str:
        """What the table waits for, or ""."""
        writers = [str(writer) for writer in self._tables[table].writers.values()]
        return f"the transaction of {', '.join(writers)} is to end first" if writers else ""

    def discard(self, table: str) -> None:
        self._tables.pop(table, None)

    def ready(self) -> list[str]:
        """The tables with no writer left; they stay until `discard`."""
        for name, awaited in self._tables.items():
            if awaited.writers:
                running = self._writers(name, awaited.oid)
                left = {t: running[t] for t in awaited.writers.keys() & running.keys()}
                self._tables[name] = _Awaited(awaited.oid, left)
        return [name for name, awaited in self._tables.items() if not awaited.writers]

    def _writers(self, table: str, oid: int) -> Mapping[str, Writer]:
        with source_errors(self._source, f"look at who writes to {table} in"):
            return writers_of(self._connection, oid)
