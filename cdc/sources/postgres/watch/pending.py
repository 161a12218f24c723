"""The tables that are to be read, and what each of them waits for.

A table that is new, or was missing in the publication, waits for its former writers first
(`joining.py`); then, like any other, for the stream to reach the place of the look that said so.
One that no reader knows is read between transactions from then on (`new_tables.py`), and holds
nothing up.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from cdc.contract.topics import table_topic
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.recorded import Recorded
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.catalogue.look import Look
from cdc.sources.postgres.connection import Connection
from cdc.sources.postgres.copying.new_tables import NewTables
from cdc.sources.postgres.watch.due import Due
from cdc.sources.postgres.watch.joining import Joining
from cdc.wanted import Wanted

LOG_AHEAD = "the log is to be read up to here first"
_logger = logging.getLogger("rederive.capture")


class Pending:
    """By name; a table is in one of the three states at a time."""

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
        self._joining = Joining(self._source, connection)
        self._due: dict[str, Due] = {}

    @property
    def awaited(self) -> Lsn:
        """The place that the stream must reach for a cut to be possible."""
        return max([Lsn(0), *(self._due[name].lsn for name in self._held(self._due))])

    @property
    def looked_for(self) -> Lsn:
        """The place that the stream must reach for anything that is due."""
        return max([Lsn(0), *(due.lsn for due in self._due.values())])

    @property
    def held(self) -> tuple[str, ...]:
        """The tables of which readers know: no cut is right before these are read."""
        return tuple(sorted({*self._held(self._due), *self._held(self._joining)}))

    @property
    def due(self) -> tuple[str, ...]:
        """All that wait for nobody but the stream, or are being read, and those that are held."""
        return tuple(sorted({*self.held, *self._due, *self._new_tables.names}))

    @property
    def underway(self) -> set[str]:
        return {*self._due, *self._joining, *self._new_tables.names}

    def to_read(self, name: str) -> Due | None:
        """What of the table is to be read once the stream is there, None where nothing is."""
        return self._due.get(name)

    def is_read_behind(self, name: str, lsn: Lsn) -> bool:
        """Whether all of the table is to be read anyway, as seen at or behind that place."""
        due = self._due.get(name)
        is_due = due is not None and not due.partitions and due.lsn >= lsn
        return is_due or name in self._joining

    def _held(self, tables: Iterable[str]) -> list[str]:
        return [name for name in tables if not self._recorded.is_unheard_of(name)]

    def reached(self, lsn: Lsn) -> Iterator[tuple[str, Due]]:
        """The tables that can be read now that the stream is there. Reading one may show that
        another is not to be read any more."""
        for name, due in list(self._due.items()):
            if due.lsn <= lsn and self._due.get(name) is due:
                yield name, due

    # ------------------------------------------------------------------ from state to state

    def await_writers(self, definition: Definition) -> None:
        """Let a table join once those who write to it now have ended."""
        name = definition.table
        if name not in self._recorded:
            self._publisher.add_topic(table_topic(self._source.name, name))
        self._new_tables.leave(name)
        self._due.pop(name, None)
        self._joining.add(definition)
        self._readings.of(name, self._joining.told(name))

    def joined(self) -> list[str]:
        """The tables that nobody is waited for any more; they wait until `join`."""
        return self._joining.ready()

    def join(self, names: Sequence[str], found: Look) -> None:
        """Have these read, as they are found to be; where one is not published yet it waits on."""
        for name in names:
            definition = found.definitions.get(name)
            if definition is None:
                self._joining.discard(name)
            elif definition.membership:
                self._joining.discard(name)
                self._due[name] = Due(definition, found.lsn, ())
                self._readings.of(name, LOG_AHEAD)

    def read_anew(
        self, definition: Definition, lsn: Lsn, why: str, partitions: tuple[int, ...] = ()
    ) -> None:
        """Have a table read, or some of its partitions, once the stream has reached `lsn`."""
        name = definition.table
        part = "the new partitions are" if partitions else "it is"
        _logger.info("Table %s: %s; %s published anew.", name, why, part)
        self._due[name] = Due(definition, lsn, partitions)
        self._readings.of(name, LOG_AHEAD)

    def settle(self, definition: Definition, lsn: Lsn) -> bool:
        """Whether the table is to be read anyway: as this definition, the newest, has it."""
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
            self.read_anew(definition, lsn, "changed again")
        return copied is not None or due is not None

    def done(self, name: str) -> None:
        """The table is read, or begun with."""
        del self._due[name]

    def leave(self, name: str, why: str) -> None:
        """Read the table no longer."""
        self._due.pop(name, None)
        self._joining.discard(name)
        self._new_tables.leave(name)
        self._readings.fail(name, why)
