"""Publishing one table anew, some of its partitions or some of its rows.

Needed where the rows already published cannot stand for the table as it is from here on: it was
not captured until now, or what changed it is not in the log (see `consequence.py`).

Why that is exact, while the stream stands still (`Refill.run`). The stream stands at P, between two
transactions. The table is declared emptied, then read in pieces, each in a transaction of its own
that sees every transaction up to P, at a place L of the log. The next cut is written once the
stream has reached the last L: a change between P and there follows the row read inside the same
cut, and brings it, step by step, to the very same state; a reader takes the last. That holds as
long as the table's definition is one and the same from P to L, so each piece is read under a lock
that no definition changes beside, and only while the catalogue is as it was at or before P. Else
`run` says so, and a later refill begins anew.

A copy that takes long is committed in parts, with cuts that say a refill is under way: readers
wait for the one behind it.

Why the stream may go on between the pieces of a table that nobody reads yet (`NewTable`). From
before the first piece on the table's changes are published too. So for each piece, read while the
stream stands at its own P, at its own L: a change before P is in the piece, one behind it follows
the piece. A row that moves from one piece's pages to another's does so by a change: one that the
snapshot of the piece where the row now lies does not see lies behind that piece's P, hence follows
in the stream. Its record, which says where the copy begins, is written behind the last piece, and
the first cut that holds the record is at or behind the last L. The cuts before it are exact for all
other tables, and say nothing of this one. A copy that is interrupted leaves records that count for
nothing, for the next one begins behind them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from cdc.config import Source
from cdc.contract.schemas import Emptied, TableSchema
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.readings import Reading
from cdc.recorded import Recorded
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.catalogue.look import schema_of
from cdc.sources.postgres.connection import source_errors
from cdc.sources.postgres.copying.table_copy import TableCopy
from cdc.sources.postgres.stream.relations import CapturedTable, Relations
from cdc.sources.postgres.visibility import Visibility

PAGES_PER_PIECE = 4_096
PAGES_PER_SMALL_PIECE = 256
"""2 MB: while one is read, the stream stands."""
LOCK_TIMEOUT_MS = 100
"""The same goes while a lock is waited for."""


class Stopped(Exception):
    """The run is to end; the copy is begun again by the next one."""


class Refill:
    """Reads tables anew. The `turn` given is called now and then meanwhile, with the rows copied
    since: it keeps the stream alive, commits parts, and raises Stopped where the run is to end."""

    def __init__(
        self,
        source: Source,
        publisher: Publisher,
        recorded: Recorded,
        relations: Relations,
        visibility: Visibility,
    ) -> None:
        self._source, self._publisher, self._recorded = source, publisher, recorded
        self._relations, self._visibility = relations, visibility

    def run(
        self,
        definition: Definition,
        at: Lsn,
        partitions: tuple[int, ...],
        reading: Reading,
        turn: Callable[[int], None],
    ) -> Lsn | None:
        """Publish the table of that definition, the stream being at `at`; of `partitions` alone
        where some are named. The place that the next cut must reach, None where the definition is
        not that one any more."""
        with closing(self._copy(definition, reading, turn)) as copy:
            if not copy.is_same():
                return None
            schema, table = self._schema(copy, at)
            known = self._recorded.get(definition.table)
            emptied = known.emptied if known else None
            if not partitions:
                emptied = Emptied(at, self._ends(table))
            self._recorded.record(replace(schema, emptied=emptied))
            copy.plan(partitions or _leaves(definition), PAGES_PER_PIECE)
            # Labels of enums are read as they are now, whatever the snapshot.
            is_whole = copy.read_all(table, at) and copy.is_same()
            return max(at, copy.reached) if is_whole else None

    def run_where(
        self,
        schema: TableSchema,
        condition: str,
        at: Lsn,
        reading: Reading,
        turn: Callable[[int], None],
    ) -> bool:
        """Publish the rows for which the condition is true, as `run` does and on top of what is
        published. Whether all of them were read: not where the definition is not the recorded one
        any more. In any case `reading.place` is the place that the next cut must reach. Raises
        SourceError as well where the condition fails on a row."""
        definition = Definition.from_json(schema.definition)
        with closing(self._copy(definition, reading, turn)) as copy:
            table = self._relations.table(schema, definition.oid)
            copy.plan(_leaves(definition), PAGES_PER_PIECE, condition)
            try:
                return copy.read_all(table, at) and copy.is_same()
            finally:
                reading.place = copy.reached

    def begin(self, definition: Definition, at: Lsn, reading: Reading) -> NewTable | None:
        """Begin to publish a table that nobody reads yet, the stream being at `at`; None where the
        definition is not that one any more, or somebody changes it."""
        copy = self._copy(definition, reading, lambda rows: None)
        try:
            if copy.is_same():
                copy.set_lock_timeout(LOCK_TIMEOUT_MS)
                schema, table = self._schema(copy, at)
                if copy.try_plan(_leaves(definition), PAGES_PER_SMALL_PIECE):
                    self._recorded.expect(schema)
                    return NewTable(self._recorded, copy, table, self._ends(table))
        except BaseException:
            copy.close()
            raise
        copy.close()
        return None

    def _copy(
        self, definition: Definition, reading: Reading, turn: Callable[[int], None]
    ) -> TableCopy:
        self._visibility.wait()
        copy = TableCopy(self._source, self._publisher, self._visibility, definition, reading)
        copy.turn = turn
        return copy

    def _schema(self, copy: TableCopy, at: Lsn) -> tuple[TableSchema, CapturedTable]:
        with source_errors(self._source, f"look at {copy.definition.table} of"):
            schema = schema_of(copy.connection, copy.definition, at)
        return schema, self._relations.table(schema, copy.definition.oid)

    def _ends(self, table: CapturedTable) -> tuple[int, ...]:
        self._publisher.begin()
        self._publisher.flush()
        return self._publisher.ends(table.topic)


class NewTable:
    """A table being published while the stream goes on."""

    def __init__(
        self, recorded: Recorded, copy: TableCopy, table: CapturedTable, ends: tuple[int, ...]
    ) -> None:
        self._recorded, self._copy, self._table, self._begins = recorded, copy, table, ends

    @property
    def definition(self) -> Definition:
        return self._copy.definition

    @property
    def reading(self) -> Reading:
        return self._copy.reading

    @property
    def is_read(self) -> bool:
        return not self._copy.pieces

    @property
    def is_ready(self) -> bool:
        """Whether a piece could be read now, as far as is known."""
        return time.monotonic() >= self._copy.try_at

    def read_next(self, at: Lsn, turn: Callable[[int], None]) -> bool:
        """Publish the next piece, the stream being at `at`; False where the definition is another
        now."""
        self._copy.turn = turn
        return self._copy.read_next(self._table, at)

    def record(self, at: Lsn) -> Lsn | None:
        """Publish its record, all being read. The place that the next cut must reach, None where
        the definition is another now."""
        if not self._copy.is_same():
            return None
        # Nobody may take a cut before the last row's place for one that holds the table.
        place = max(at, self._copy.reached)
        emptied = Emptied(place, self._begins)
        self._recorded.record(replace(self._table.schema, lsn=at, emptied=emptied))
        return place

    def close(self) -> None:
        """Leave it, whether or not it came to its record."""
        self._recorded.expect_no_longer(self.definition.table)
        self._copy.close()


def _leaves(definition: Definition) -> tuple[int, ...]:
    """The relations that hold the table's rows."""
    if definition.kind != "p":
        return (definition.oid,)
    return tuple(p.oid for p in definition.partitions if p.filenode)
