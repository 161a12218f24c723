"""Watches the catalogue for changes of captured tables that the log does not show as rows.

It looks every second and at each Relation message. A look shows the database at a log position L,
at or after the stream's position P. `consequence.py` says what a difference means. While a table is
to be published again, no cut is written until the stream has reached L and the table has been read
(`refill.py`). Its changes still go to its topic, in the log's layout, for clients that follow
changes; to readers of the table they do not count. If the catalogue changes again meanwhile, the
newer look's L counts.

`looks.py` decides when to look, `pending.py` what the tables to be read wait for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from cdc.contract.schemas import TableSchema
from cdc.errors import SourceError
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.readings import Phase, Reading
from cdc.recorded import Recorded
from cdc.sources.postgres.catalogue.consequence import Consequence, consequence, new_partitions
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.catalogue.look import Look, literally, schema_of
from cdc.sources.postgres.catalogue.publication import can_be_tried_again, leave_out
from cdc.sources.postgres.connection import Connection, source_errors
from cdc.sources.postgres.copying.new_tables import NewTables
from cdc.sources.postgres.copying.refill import Refill
from cdc.sources.postgres.stream.changes import Changes
from cdc.sources.postgres.stream.partition_sent import PartitionSent
from cdc.sources.postgres.visibility import Visibility
from cdc.sources.postgres.watch.coverage import Coverage
from cdc.sources.postgres.watch.looks import Looks
from cdc.sources.postgres.watch.partitions import Partitions
from cdc.sources.postgres.watch.pending import LOG_AHEAD, Due, Pending
from cdc.wanted import Wanted

_logger = logging.getLogger("rederive.capture")


class Watch:
    """Keeps the wanted tables captured; which are wanted may change from look to look.

    `not_before`: the position that the next cut must reach because of rows read by SQL.
    `seen`: the catalogue is known up to there. `faults`: tables that cannot be captured, and why.
    `restart_at`: where set, nothing is read; the stream must be restarted once it is there.
    """

    def __init__(
        self,
        wanted: Wanted,
        connection: Connection,
        publisher: Publisher,
        recorded: Recorded,
        changes: Changes,
        visibility: Visibility,
        refill: Refill,
    ) -> None:
        self._source, self._connection, self._publisher = wanted.source, connection, publisher
        self._wanted, self.readings = wanted, wanted.readings
        self._recorded, self._changes = recorded, changes
        self._visibility, self._refill = visibility, refill
        self.new_tables = NewTables(changes, refill)
        self._coverage = Coverage(wanted, connection, recorded)
        self._looks = Looks(wanted, connection)
        self._partitions = Partitions(self._source, connection)
        self._pending = Pending(wanted, connection, publisher, recorded, self.new_tables)
        self._gone: dict[str, Lsn] = {}
        self.going: dict[str, Reading] = {}
        self.faults: dict[str, str] = {}
        self._suspended: set[str] = set()
        self.not_before = Lsn(0)
        self.restart_at: Lsn | None = None

    def close(self) -> None:
        """Stop what is being read."""
        self.new_tables.close()

    # ------------------------------------------------------------------ what the loop asks

    @property
    def seen(self) -> Lsn:
        return self._looks.seen

    @property
    def holds(self) -> bool:
        """Whether no cut may be written: a table that readers know is to be read again."""
        return bool(self.tables_held)

    @property
    def is_publication_changing(self) -> bool:
        """Whether no cut may be written: a running transaction changes the publication."""
        return self._looks.publication.is_changing

    @property
    def awaited(self) -> Lsn:
        """The position that the stream must reach before a cut is possible."""
        return max(self.not_before, self._pending.awaited, self.restart_at or Lsn(0))

    @property
    def looked_for(self) -> Lsn:
        """The position that the stream must reach before all due tables can be read."""
        return max(self.not_before, self._pending.looked_for)

    @property
    def has_new(self) -> bool:
        """Whether a table that no reader knows is to be read, or is being read."""
        return len(self.tables_due) > len(self.tables_held)

    @property
    def suspended(self) -> tuple[str, ...]:
        """Tables that were captured and cannot be at present."""
        return tuple(sorted(self._suspended & self.faults.keys()))

    @property
    def tables_held(self) -> tuple[str, ...]:
        """Tables to be read again that readers know."""
        return self._pending.held

    @property
    def tables_due(self) -> tuple[str, ...]:
        """All tables to be read."""
        return self._pending.due

    def is_clear(self) -> bool:
        """Whether a cut may be written: the publication is as looked at, and nothing is held."""
        if not self._looks.publication.is_settled():
            return False
        if not self._looks.publication.is_as_seen():
            self._look()
        return not self.holds

    def refresh(self, tables: Iterable[str], why: str) -> None:
        """Read these tables again, where they can be captured."""
        newest = self._looks.of([literally(name) for name in tables])
        for definition in newest.definitions.values():
            if definition.membership and definition.key:
                if self._is_to_join(definition):
                    self._pending.await_writers(definition)
                else:
                    self._pending.refill(definition, newest.lsn, why)

    def _is_to_join(self, definition: Definition) -> bool:
        """Whether a running transaction may have written to the table before its changes were
        sent."""
        recorded = self._recorded.get(definition.table)
        if recorded is None or not recorded.definition:
            return self._recorded.is_unheard_of(definition.table)
        return Definition.from_json(recorded.definition).membership != definition.membership

    def turn(self, reached: Lsn, copying: Callable[[int], None]) -> None:
        """Between two transactions, with the stream read up to `reached`: look if it is time, then
        do what is due. `copying` is called while a table is read."""
        is_wanted, self._changes.is_look_wanted = self._changes.is_look_wanted, False
        if is_wanted or self._looks.is_due:
            if is_wanted:
                self._visibility.wait()
            self._look_if_changed()
        self._read_doubtful(reached)
        if self.restart_at is not None:
            return
        if joined := self._pending.joined():
            self._pending.join(joined, self._looks.of(self._wanted.patterns))
        for name, due in self._pending.reached(reached):
            self._read_due(name, due, reached, copying)
        for name in [name for name, lsn in self._gone.items() if lsn <= reached]:
            self._drop_gone(name)

    def read_new(self, reached: Lsn, copying: Callable[[int], None]) -> None:
        """Between two transactions: read the next piece of a new table."""
        table = self.new_tables.table
        if table is None or self.restart_at is not None:
            return
        is_same = self.new_tables.read_next(reached, copying)
        if is_same and not table.is_read:
            return
        place = self.new_tables.record(reached) if is_same else None
        if place is None:
            self._begin_again(table.definition)
        else:
            self.publish_behind(place, table.reading)

    def committed(self, lsn: Lsn) -> None:
        """A complete cut was written at `lsn`."""
        self.readings.committed(lsn)

    # ------------------------------------------------------------------ looks

    def look_again(self) -> None:
        """Look at the catalogue now."""
        self._looks.forget()
        self._look_if_changed()

    def _look_if_changed(self) -> None:
        if self._looks.has_news():
            self._look()
            if not self._coverage.is_locked:
                self._looks.taken_in()

    def _look(self) -> None:
        # In one snapshot: a table must not look unfit because of a change between two.
        with self._looks.of_all() as newest:
            unfit = self._coverage.unfit()
        fit = [name for name in newest.definitions if name not in unfit]
        for name in self._coverage.mend(newest, fit):
            self._pending.await_writers(newest.definitions[name])
        if self._coverage.is_locked:
            self._looks.forget()  # so that the next one tries again
        for name in self.faults.keys() - newest.definitions.keys():
            del self.faults[name]
        for definition in newest.definitions.values():
            if definition.table in unfit:
                self._suspend(definition, unfit[definition.table], newest)
            else:
                self._compare(definition, newest)
        known = {*self._recorded.names(), *self._pending.underway}
        for name in sorted(known - newest.definitions.keys()):
            if name not in self._gone:
                self._note_gone(name, newest)

    def _compare(self, definition: Definition, newest: Look) -> None:
        name = definition.table
        self.faults.pop(name, None)
        self._suspended.discard(name)
        if self._gone.pop(name, None) is not None:
            self.going.pop(name).fail(f"Table {name} is captured after all.")
        if self._pending.settle(definition, newest.lsn):
            return
        recorded = self._recorded.get(name)
        if recorded is None:
            _logger.info("Table %s is new: it is published from its beginning.", name)
            self._pending.await_writers(definition)
        elif not recorded.definition:
            self._pending.refill(definition, newest.lsn, "recorded without its definition")
        else:
            self._follow(Definition.from_json(recorded.definition), definition, recorded, newest)

    def _follow(
        self, before: Definition, after: Definition, recorded: TableSchema, newest: Look
    ) -> None:
        """Act on a change of a captured table's definition."""
        what, why = consequence(before, after)
        if self._partitions.are_sent_as_before(before, after):
            self.restart_at = newest.lsn
        if what is Consequence.REFILL and before.membership != after.membership:
            _logger.info("Table %s: %s; it is refilled.", after.table, why)
            self._pending.await_writers(after)
        elif what is Consequence.REFILL:
            self._pending.refill(after, newest.lsn, why)
        elif what is Consequence.FILL:
            self._pending.refill(after, newest.lsn, why, new_partitions(before, after))
        elif what is Consequence.SCHEMA:
            _logger.info("Table %s: %s.", after.table, why)
            with source_errors(self._source, f"look at {after.table} of"):
                schema = schema_of(self._connection, after, max(newest.lsn, recorded.lsn))
            self._recorded.record(replace(schema, emptied=recorded.emptied))
            if any(column.labels for column in schema.columns):
                self._changes.lay_out_again(after.table)
        elif what is Consequence.NOTE:
            self._recorded.record(replace(recorded, definition=after.to_json()))

    def _read_doubtful(self, reached: Lsn) -> None:
        """Read again the tables of which the stream may have sent wrong rows."""
        sent, self._changes.partitions_sent = self._changes.partitions_sent, []
        unreadable, self._changes.unreadable = self._changes.unreadable, set()
        doubtful = dict.fromkeys(unreadable, "the log laid its rows out otherwise")
        for name in {each.table for each in sent}:
            if self._has_doubtful_rows(name, [each for each in sent if each.table == name]):
                doubtful[name] = "a partition came and went"
                if self._partitions.outlive_detachment:
                    self.restart_at = max(reached, self.seen)
        for name, why in doubtful.items():
            if not self._pending.is_read_behind(name, reached):
                self.refresh([name], why)

    def _has_doubtful_rows(self, name: str, sent: Sequence[PartitionSent]) -> bool:
        """Whether the stream sent rows of partitions that may not be the table's."""
        published, recorded = self.new_tables.definition(name), self._recorded.get(name)
        if published is None and recorded is not None and recorded.definition:
            published = Definition.from_json(recorded.definition)
        if published is None:
            return False  # no record so far counts
        return self._partitions.are_doubtful(sent, published, self._pending.to_read(name))

    # ------------------------------------------------------------------ tables that go

    def _suspend(self, definition: Definition, fault: str, newest: Look) -> None:
        """Stop capturing a table that cannot be captured, without stopping others, or writers."""
        name = definition.table
        if self.faults.get(name) != fault:
            self.faults[name] = fault
            _logger.warning("Not captured: %s", fault)
        self._pending.leave(name, fault)
        self._gone.pop(name, None)
        self.going.pop(name, None)
        is_harmful = not definition.key or definition.identity == "n"
        if is_harmful and newest.publication is not None and newest.publication.covers(name):
            leave_out(self._source, self._connection, name)
        if name in self._recorded:
            self._suspended.add(name)
            self._recorded.forget(name)
            self._changes.lay_out_again(name)

    def _note_gone(self, name: str, newest: Look) -> None:
        is_there = name in newest.tables
        why = "captured no longer" if is_there else f"gone from source {self._source.name}"
        self._pending.leave(name, f"Table {name} is {why}.")
        if name in self._recorded:
            _logger.warning("Table %s is %s: the views that read it stop.", name, why)
            self._gone[name] = newest.lsn
            self.going[name] = self.readings.part(name, LOG_AHEAD)

    def _leave_out_removed(self, name: str) -> None:
        """Take a removed table out of the publication; where it is locked, leave it in."""
        if name in self._wanted.removed:
            try:
                leave_out(self._source, self._connection, name)
            except SourceError as error:
                if not can_be_tried_again(error.__cause__):
                    raise

    def _drop_gone(self, name: str) -> None:
        del self._gone[name]
        self._recorded.forget(name)
        self._changes.lay_out_again(name)
        self.publish_behind(Lsn(0), self.going.pop(name))
        self._leave_out_removed(name)

    # ------------------------------------------------------------------ reading again

    def _read_due(self, name: str, due: Due, reached: Lsn, copying: Callable[[int], None]) -> None:
        reading = self.readings.find(name) or self.readings.of(name, "")
        if self._recorded.is_unheard_of(name):
            if self.new_tables.table is None:
                self._pending.done(name)
                if not self.new_tables.begin(due.definition, reached, reading):
                    self._begin_again(due.definition)
            return
        place = self._refill.run(due.definition, reached, due.partitions, reading, copying)
        if place is None:
            self.look_again()
            return
        self._pending.done(name)
        self._changes.lay_out_again(name)
        self.publish_behind(place, reading)

    def _begin_again(self, definition: Definition) -> None:
        """A new table was changed while it was read: start over."""
        self._pending.await_writers(definition)
        self.look_again()

    def publish_behind(self, place: Lsn, reading: Reading) -> None:
        """All of a table has been read, as of `place`: let the next cut hold it."""
        cut = self._publisher.cut
        # Readers ignore a second cut at the newest one's position.
        place = max(place, Lsn(cut.lsn + 1) if cut is not None else place)
        self.not_before = max(self.not_before, place)
        if reading.phase is Phase.COPIES:
            _logger.info("Table %s: %d rows were read.", reading.table, reading.rows)
        reading.commit(place)
