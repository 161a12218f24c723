"""Publishes a table again: all of it, some of its partitions, or some of its rows.

Needed where the rows on the topic no longer stand for the table: it was not captured until now, or
its change is not in the log (see `consequence.py`).

Why `Refill.run` is exact. The stream stands still at P, between two transactions. The table is
declared emptied, then read in pieces. Each piece is one transaction that sees every transaction up
to P, at its own log position L. The next cut is written once the stream has reached the last L. A
change between P and L thus follows the row read, inside the same cut, and a reader takes the last
record of a key: it ends up at the same state. This requires one definition of the table from P to
L. So each piece is read under a lock that excludes changes of the definition, and only if the
definition is the one of P. Else `run` returns None, and a later refill starts over.

A long copy is committed in parts, whose cuts say that a refill is under way. Readers wait for the
cut after them.

Why the stream may go on between the pieces of a table that nobody reads yet (`NewTable`). Its
changes are published from before the first piece on. Each piece is read at its own L, while the
stream stands at its own P: a change before P is in the piece, a later one follows it. A row that
moves between pages of two pieces moves by a change. If the piece that now holds the row does not
see that change, the change lies after the piece's P and follows in the stream. The table's schema
record says where its copy begins. It is written after the last piece, and the first cut that holds
it is not before the last L. Earlier cuts are exact for all other tables and do not claim this one.
The records of an interrupted copy do not count, for the next copy begins after them.
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
"""2 MB: the stream stands still while one is read."""
LOCK_TIMEOUT_MS = 100
"""The stream stands still while a lock is waited for, too."""


class Stopped(Exception):
    """The run is to stop; the next run begins the copy again."""


class Refill:
    """Reads tables again. It calls `turn` now and then, with the number of rows copied since the
    last call: `turn` keeps the stream alive, commits parts, and raises Stopped to end the run."""

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
        """Publish the table, or only `partitions` if any are given, the stream being at `at`.
        Returns the position that the next cut must reach, None where the table's definition is no
        longer `definition`."""
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
            # Enum labels are read as of now, regardless of the snapshot.
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
        """Publish the rows for which the condition is true, in addition to the records so far.

        True where all were read; False where the recorded definition has changed. In either case
        `reading.place` is the position that the next cut must reach. Raises SourceError, also where
        the condition fails on a row."""
        definition = Definition.from_json(schema.definition)
        with closing(self._copy(definition, reading, turn)) as copy:
            table = self._relations.table(schema, definition.oid)
            copy.plan(_leaves(definition), PAGES_PER_PIECE, condition)
            try:
                return copy.read_all(table, at) and copy.is_same()
            finally:
                reading.place = copy.reached

    def begin(self, definition: Definition, at: Lsn, reading: Reading) -> NewTable | None:
        """Begin to publish a table that nobody reads yet, the stream being at `at`. None where its
        definition has changed, or somebody is changing it."""
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
        """Whether the next piece may be tried now."""
        return time.monotonic() >= self._copy.try_at

    def read_next(self, at: Lsn, turn: Callable[[int], None]) -> bool:
        """Publish the next piece, the stream being at `at`. False: the definition has changed."""
        self._copy.turn = turn
        return self._copy.read_next(self._table, at)

    def record(self, at: Lsn) -> Lsn | None:
        """Publish the table's record once all pieces are read. Returns the position that the next
        cut must reach, None where the definition has changed."""
        if not self._copy.is_same():
            return None
        # A cut before the last row's position must not claim to hold the table.
        place = max(at, self._copy.reached)
        emptied = Emptied(place, self._begins)
        self._recorded.record(replace(self._table.schema, lsn=at, emptied=emptied))
        return place

    def close(self) -> None:
        """Stop, whether or not the record was published."""
        self._recorded.expect_no_longer(self.definition.table)
        self._copy.close()


def _leaves(definition: Definition) -> tuple[int, ...]:
    """The relations that hold the table's rows."""
    if definition.kind != "p":
        return (definition.oid,)
    return tuple(p.oid for p in definition.partitions if p.filenode)
