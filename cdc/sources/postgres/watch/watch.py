"""The watch over the catalogue: what changes the captured tables without a change in the log.

The catalogue is looked at every second, and at each Relation message. A look shows the database at
a place L of the log, at or ahead of the place P where the stream stands. What a difference means
is told by `consequence.py`. While a table is to be published anew, no cut is written until the
stream has reached L and the table was read (`refill.py`). Its changes go on to its topic meanwhile,
each as the log lays it out, for whoever follows changes: to a reader of the table they no longer
count. If the catalogue has moved on by then, the newer look's L is waited for.

When it is looked at is told by `looks.py`; what the tables to be read wait for by `pending.py`.
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
from cdc.sources.postgres.watch.due import Due
from cdc.sources.postgres.watch.looks import Looks
from cdc.sources.postgres.watch.partitions import Partitions
from cdc.sources.postgres.watch.pending import LOG_AHEAD, Pending
from cdc.wanted import Wanted

_logger = logging.getLogger("rederive.capture")


class Watch:
    """Looks after the tables that are wanted, which may be others from one look to the next.

    `not_before` is the place that the next cut must reach for the sake of what was read; up to
    `seen` the catalogue is known. `faults`: tables that cannot be captured, and why. Where
    `begin_anew_at` is not None, nothing is read: the stream is to be begun anew once it is there.
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
        self._put_out_since: set[str] = set()
        self.not_before = Lsn(0)
        self.begin_anew_at: Lsn | None = None

    def close(self) -> None:
        """Leave what is being read."""
        self.new_tables.close()

    # ------------------------------------------------------------------ what the loop asks

    @property
    def seen(self) -> Lsn:
        return self._looks.seen

    @property
    def holds(self) -> bool:
        """Whether a cut would say something that is not so: a table awaits being read anew."""
        return bool(self.tables_held)

    @property
    def is_publication_changing(self) -> bool:
        """Whether a cut awaits the end of a transaction that changes the publication."""
        return self._looks.publication.is_changing

    @property
    def awaited(self) -> Lsn:
        """The place that the stream must reach for a cut to be possible."""
        return max(self.not_before, self._pending.awaited, self.begin_anew_at or Lsn(0))

    @property
    def looked_for(self) -> Lsn:
        """The place that the stream must reach for anything that is due."""
        return max(self.not_before, self._pending.looked_for)

    @property
    def has_new(self) -> bool:
        """Whether a table that no reader knows awaits being read, or is being read."""
        return len(self.tables_due) > len(self.tables_held)

    @property
    def put_out(self) -> tuple[str, ...]:
        """The tables that were captured until they could be no longer, and cannot be yet."""
        return tuple(sorted(self._put_out_since & self.faults.keys()))

    @property
    def tables_held(self) -> tuple[str, ...]:
        """The tables that await being read anew and of which readers know."""
        return self._pending.held

    @property
    def tables_due(self) -> tuple[str, ...]:
        """All tables that are to be read."""
        return self._pending.due

    def is_clear(self) -> bool:
        """Whether a cut may be written: the publication is as it was, and nothing is held."""
        if not self._looks.publication.is_settled():
            return False
        if not self._looks.publication.is_as_seen():
            self._look()
        return not self.holds

    def refresh(self, tables: Iterable[str], why: str) -> None:
        """Have these tables read anew, where they can be captured."""
        found = self._looks.of([literally(name) for name in tables])
        for definition in found.definitions.values():
            if definition.membership and definition.key:
                if self._is_to_join(definition):
                    self._pending.await_writers(definition)
                else:
                    self._pending.read_anew(definition, found.lsn, why)

    def _is_to_join(self, definition: Definition) -> bool:
        """Whether those who write to the table may have begun before its changes were sent."""
        recorded = self._recorded.get(definition.table)
        if recorded is None or not recorded.definition:
            return self._recorded.is_unheard_of(definition.table)
        return Definition.from_json(recorded.definition).membership != definition.membership

    def turn(self, reached: Lsn, copying: Callable[[int], None]) -> None:
        """Between two transactions, the stream having been read up to `reached`: look where it is
        time to, then do what is due. `copying` is called while a table is read."""
        is_wanted, self._changes.is_look_wanted = self._changes.is_look_wanted, False
        if is_wanted or self._looks.is_due:
            if is_wanted:
                self._visibility.wait()
            self._look_if_changed()
        self._read_doubtful(reached)
        if self.begin_anew_at is not None:
            return
        if joined := self._pending.joined():
            self._pending.join(joined, self._looks.of(self._wanted.patterns))
        for name, due in self._pending.reached(reached):
            self._read_due(name, due, reached, copying)
        for name in [name for name, lsn in self._gone.items() if lsn <= reached]:
            self._let_go(name)

    def read_new(self, reached: Lsn, copying: Callable[[int], None]) -> None:
        """Between two transactions: read the next piece of a table that no reader knows yet."""
        table = self.new_tables.table
        if table is None or self.begin_anew_at is not None:
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
        """A cut at `lsn` says that everything is as the source has it."""
        self.readings.committed(lsn)

    # ------------------------------------------------------------------ looks

    def look_again(self) -> None:
        """Look at the catalogue now, whatever was seen of it."""
        self._looks.forget()
        self._look_if_changed()

    def _look_if_changed(self) -> None:
        if self._looks.has_news():
            self._look()
            if not self._coverage.is_locked:
                self._looks.taken_in()

    def _look(self) -> None:
        # Of one moment, lest a table is put out for what a change between the two makes of it.
        with self._looks.of_all() as found:
            unfit = self._coverage.unfit()
        fit = [name for name in found.definitions if name not in unfit]
        for name in self._coverage.mend(found, fit):
            self._pending.await_writers(found.definitions[name])
        if self._coverage.is_locked:
            self._looks.forget()  # so that the next one tries again
        for name in self.faults.keys() - found.definitions.keys():
            del self.faults[name]
        for definition in found.definitions.values():
            if definition.table in unfit:
                self._put_out(definition, unfit[definition.table], found)
            else:
                self._compare(definition, found)
        known = {*self._recorded.names(), *self._pending.underway}
        for name in sorted(known - found.definitions.keys()):
            if name not in self._gone:
                self._lose(name, found)

    def _compare(self, definition: Definition, found: Look) -> None:
        name = definition.table
        self.faults.pop(name, None)
        self._put_out_since.discard(name)
        if self._gone.pop(name, None) is not None:
            self.going.pop(name).fail(f"Table {name} is captured after all.")
        if self._pending.settle(definition, found.lsn):
            return
        recorded = self._recorded.get(name)
        if recorded is None:
            _logger.info("Table %s is new: it is published from its beginning.", name)
            self._pending.await_writers(definition)
        elif not recorded.definition:
            self._pending.read_anew(definition, found.lsn, "recorded without its definition")
        else:
            self._follow(Definition.from_json(recorded.definition), definition, recorded, found)

    def _follow(
        self, before: Definition, after: Definition, recorded: TableSchema, found: Look
    ) -> None:
        """Do what a change of a captured table's definition asks for."""
        what, why = consequence(before, after)
        if self._partitions.are_sent_as_before(before, after):
            self.begin_anew_at = found.lsn
        if what is Consequence.REFILL and before.membership != after.membership:
            _logger.info("Table %s: %s; it is published anew.", after.table, why)
            self._pending.await_writers(after)
        elif what is Consequence.REFILL:
            self._pending.read_anew(after, found.lsn, why)
        elif what is Consequence.FILL:
            self._pending.read_anew(after, found.lsn, why, new_partitions(before, after))
        elif what is Consequence.SCHEMA:
            _logger.info("Table %s: %s.", after.table, why)
            with source_errors(self._source, f"look at {after.table} of"):
                schema = schema_of(self._connection, after, max(found.lsn, recorded.lsn))
            self._recorded.record(replace(schema, emptied=recorded.emptied))
        elif what is Consequence.NOTE:
            self._recorded.record(replace(recorded, definition=after.to_json()))

    def _read_doubtful(self, reached: Lsn) -> None:
        """Read anew what the log shows as it is not, and was not, for whoever looks."""
        sent, self._changes.partitions_sent = self._changes.partitions_sent, []
        unreadable, self._changes.unreadable = self._changes.unreadable, set()
        doubtful = dict.fromkeys(unreadable, "the log laid its rows out otherwise")
        for name in {each.table for each in sent}:
            if self._has_doubtful_rows(name, [each for each in sent if each.table == name]):
                doubtful[name] = "a partition came and went"
                if self._partitions.outlive_detachment:
                    self.begin_anew_at = max(reached, self.seen)
        for name, why in doubtful.items():
            if not self._pending.is_read_behind(name, reached):
                self.refresh([name], why)

    def _has_doubtful_rows(self, name: str, sent: Sequence[PartitionSent]) -> bool:
        """Whether the log sent rows of partitions that are not, or may not be, the table's."""
        published, recorded = self.new_tables.definition(name), self._recorded.get(name)
        if published is None and recorded is not None and recorded.definition:
            published = Definition.from_json(recorded.definition)
        if published is None:
            return False  # nothing sent so far counts
        return self._partitions.are_doubtful(sent, published, self._pending.to_read(name))

    # ------------------------------------------------------------------ tables that go

    def _put_out(self, definition: Definition, fault: str, found: Look) -> None:
        """A table that cannot be captured stops nobody else, and no application."""
        name = definition.table
        if self.faults.get(name) != fault:
            self.faults[name] = fault
            _logger.warning("Not captured: %s", fault)
        self._pending.leave(name, fault)
        self._gone.pop(name, None)
        self.going.pop(name, None)
        is_harmful = not definition.key or definition.identity == "n"
        if is_harmful and found.publication is not None and found.publication.covers(name):
            leave_out(self._source, self._connection, name)
        if name in self._recorded:
            self._put_out_since.add(name)
            self._recorded.forget(name)
            self._changes.lay_out_again(name)

    def _lose(self, name: str, found: Look) -> None:
        is_there = name in found.tables
        why = "captured no longer" if is_there else f"gone from source {self._source.name}"
        self._pending.leave(name, f"Table {name} is {why}.")
        if name in self._recorded:
            _logger.warning("Table %s is %s: the views that read it stop.", name, why)
            self._gone[name] = found.lsn
            self.going[name] = self.readings.part(name, LOG_AHEAD)

    def _leave_out_removed(self, name: str) -> None:
        """The server need not send what nobody captures; where it is locked, it goes on to."""
        if name in self._wanted.removed:
            try:
                leave_out(self._source, self._connection, name)
            except SourceError as error:
                if not can_be_tried_again(error.__cause__):
                    raise

    def _let_go(self, name: str) -> None:
        del self._gone[name]
        self._recorded.forget(name)
        self._changes.lay_out_again(name)
        self.publish_behind(Lsn(0), self.going.pop(name))
        self._leave_out_removed(name)

    # ------------------------------------------------------------------ reading anew

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
        """A new table was changed while it was read."""
        self._pending.await_writers(definition)
        self.look_again()

    def publish_behind(self, place: Lsn, reading: Reading) -> None:
        """All is read of a table, as of `place`: have a cut say so."""
        cut = self._publisher.cut
        # Readers take no notice of another cut at the newest one's place.
        place = max(place, Lsn(cut.lsn + 1) if cut is not None else place)
        self.not_before = max(self.not_before, place)
        if reading.phase is Phase.COPIES:
            _logger.info("Table %s: %d rows were read.", reading.table, reading.rows)
        reading.commit(place)
