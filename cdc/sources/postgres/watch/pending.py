"""The tables that are to be read, and what each waits for.

A table that is new, or was missing in the publication, waits for earlier writers first
(`joining.py`). Then, like any other, it waits for the stream to reach the position of the look. A
table that no reader knows is then read between transactions (`new_tables.py`), and delays no cut.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cdc.contract.topics import table_topic
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.recorded import Recorded
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.catalogue.look import Look
from cdc.sources.postgres.catalogue.sizes import estimated_bytes
from cdc.sources.postgres.connection import Connection, source_errors
from cdc.sources.postgres.copying.new_tables import NewTables
from cdc.sources.postgres.watch.joining import Joining
from cdc.wanted import Wanted

LOG_AHEAD = "the log is to be read up to here first"
_logger = logging.getLogger("rederive.capture")


@dataclass(frozen=True, slots=True)
class Due:
    """A table to be read once the stream has reached `lsn`: all of it, or `partitions`."""

    definition: Definition
    lsn: Lsn
    partitions: tuple[int, ...]


class Pending:
    """Tables by name. Each is in one state: joining, due, or being read as a new table."""

    def __init__(
        self,
        wanted: Wanted,
        connection: Connection,
        publisher: Publisher,
        recorded: Recorded,
        new_tables: NewTables,
    ) -> None:
        self._source, self._readings = wanted.source, wanted.readings
        self._publisher, self._recorded, self._new_tables = publisher, recorded, new_tables
        self._connection = connection
        self._joining = Joining(self._source, connection)
        self._due: dict[str, Due] = {}

    @property
    def awaited(self) -> Lsn:
        """The position that the stream must reach before a cut is possible."""
        return max([Lsn(0), *(self._due[name].lsn for name in self._held(self._due))])

    @property
    def looked_for(self) -> Lsn:
        """The position that the stream must reach before all due tables can be read."""
        return max([Lsn(0), *(due.lsn for due in self._due.values())])

    @property
    def held(self) -> tuple[str, ...]:
        """Tables to be read that readers know: no cut is right before."""
        return tuple(sorted({*self._held(self._due), *self._held(self._joining)}))

    @property
    def due(self) -> tuple[str, ...]:
        """Tables that wait only for the stream or are being read, and those held."""
        return tuple(sorted({*self.held, *self._due, *self._new_tables.names}))

    @property
    def underway(self) -> set[str]:
        return {*self._due, *self._joining, *self._new_tables.names}

    def to_read(self, name: str) -> Due | None:
        """What is to be read of the table once the stream is there; None for nothing."""
        return self._due.get(name)

    def is_read_behind(self, name: str, lsn: Lsn) -> bool:
        """Whether the whole table will be read anyway, as of `lsn` or later."""
        due = self._due.get(name)
        is_due = due is not None and not due.partitions and due.lsn >= lsn
        return is_due or name in self._joining

    def _held(self, tables: Iterable[str]) -> list[str]:
        return [name for name in tables if not self._recorded.is_unheard_of(name)]

    def reached(self, lsn: Lsn) -> Iterator[tuple[str, Due]]:
        """The tables that can be read with the stream at `lsn`. Re-checks each, as reading one may
        make another unnecessary."""
        for name, due in list(self._due.items()):
            if due.lsn <= lsn and self._due.get(name) is due:
                yield name, due

    # ------------------------------------------------------------------ transitions

    def await_writers(self, definition: Definition) -> None:
        """Let a table join once its present writers have ended."""
        name = definition.table
        if name not in self._recorded:
            with source_errors(self._source, "look at the size of"):
                size = estimated_bytes(self._connection, [name])[name]
            self._publisher.add_topic(table_topic(self._source.name, name), size)
        self._new_tables.leave(name)
        self._due.pop(name, None)
        self._joining.add(definition)
        self._readings.of(name, self._joining.reason(name))

    def joined(self) -> list[str]:
        """The tables with no writer left; they stay until `join`."""
        return self._joining.ready()

    def join(self, names: Sequence[str], seen: Look) -> None:
        """Make these tables due as of the look; those not yet in the publication wait on."""
        for name in names:
            definition = seen.definitions.get(name)
            if definition is None:
                self._joining.discard(name)
            elif definition.membership:
                self._joining.discard(name)
                self._due[name] = Due(definition, seen.lsn, ())
                self._readings.of(name, LOG_AHEAD)

    def refill(
        self, definition: Definition, lsn: Lsn, why: str, partitions: tuple[int, ...] = ()
    ) -> None:
        """Make a table, or some of its partitions, due at `lsn`."""
        name = definition.table
        remedy = "its new partitions are copied" if partitions else "it is refilled"
        _logger.info("Table %s: %s; %s.", name, why, remedy)
        self._due[name] = Due(definition, lsn, partitions)
        self._readings.of(name, LOG_AHEAD)

    def settle(self, definition: Definition, lsn: Lsn) -> bool:
        """Whether the table will be read anyway. Updates what is due to its newest definition."""
        name = definition.table
        if name in self._joining:
            return True
        due, copied = self._due.get(name), self._new_tables.definition(name)
        if copied is not None:
            if copied != definition:
                self.await_writers(definition)
        elif due is not None and due.definition.membership != definition.membership:
            self.await_writers(definition)
        elif due is not None and due.definition != definition:
            self.refill(definition, lsn, "changed again")
        return copied is not None or due is not None

    def done(self, name: str) -> None:
        """The table has been read, or its reading as a new table has begun."""
        del self._due[name]

    def leave(self, name: str, why: str) -> None:
        """Do not read the table."""
        self._due.pop(name, None)
        self._joining.discard(name)
        self._new_tables.leave(name)
        self._readings.fail(name, why)
