"""Reads tables new to every reader, one at a time, while the stream and the cuts go on."""

from __future__ import annotations

from collections.abc import Callable

from cdc.position import Lsn
from cdc.readings import Reading
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.copying.refill import NewTable, Refill
from cdc.sources.postgres.stream.changes import Changes


class NewTables:
    """The new table being read, if any. Its changes are published from its first piece on."""

    def __init__(self, changes: Changes, refill: Refill) -> None:
        self._changes, self._refill = changes, refill
        self.table: NewTable | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.table.definition.table,) if self.table is not None else ()

    def definition(self, name: str) -> Definition | None:
        """The definition by which the table is being read; None where it is not."""
        return self.table.definition if self.table is not None and name in self.names else None

    def begin(self, definition: Definition, at: Lsn, reading: Reading) -> bool:
        """Begin with a table, the stream being at `at`. False: its definition has changed."""
        assert self.table is None
        self.table = self._refill.begin(definition, at, reading)
        if self.table is not None:
            self._changes.lay_out_again(definition.table)
        return self.table is not None

    def read_next(self, at: Lsn, turn: Callable[[int], None]) -> bool:
        """Publish its next piece. False: its definition has changed."""
        assert self.table is not None
        return self.table.read_next(at, turn)

    def record(self, at: Lsn) -> Lsn | None:
        """Publish the record of the table, now read. Returns the position that the next cut must
        reach, None where its definition has changed."""
        assert self.table is not None
        place = self.table.record(at)
        if place is not None:
            self.close()
        return place

    def leave(self, name: str) -> None:
        """Stop reading that table; its records so far do not count."""
        if name in self.names:
            self.close()
            self._changes.lay_out_again(name)

    def close(self) -> None:
        if self.table is not None:
            self.table.close()
            self.table = None
