"""The watch over the catalogue: what changes the captured tables without a change in the log.

The catalogue is looked at every second, and at each Relation message. A look shows the database at
a place L of the log, at or ahead of the place P where the stream stands. What a difference means
is told by `consequence.py`. While a table is to be published anew, no cut is written until the
stream has reached L and the table was read (`refill.py`). Its changes go on to its topic meanwhile,
each as the log lays it out, for whoever follows changes: to a reader of the table they no longer
count. If the catalogue has moved on by then, the newer look's L is waited for.

A table that is new, or was missing in the publication, waits for its former writers first
(`joining.py`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace

from cdc.config import Source
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import table_topic
from cdc.errors import PreflightError, SourceError
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.recorded import Recorded
from cdc.sources.postgres.catalog import Connection
from cdc.sources.postgres.changes import Changes
from cdc.sources.postgres.connection import source_errors
from cdc.sources.postgres.consequence import Consequence, consequence, new_partitions
from cdc.sources.postgres.ddl_events import has_events
from cdc.sources.postgres.definition import Definition
from cdc.sources.postgres.fitness import fitness
from cdc.sources.postgres.joining import Joining
from cdc.sources.postgres.look import (
    Look,
    literally,
    look,
    mark,
    one_snapshot,
    schema_of,
)
from cdc.sources.postgres.publication import (
    ensure_publication,
    is_passing,
    leave_out,
    publication_mark,
)
from cdc.sources.postgres.refill import Refill
from cdc.sources.postgres.visibility import Visibility

LOOK_INTERVAL_S = 1.0
EVENTS_INTERVAL_S = 10.0
"""Where the log tells of each DDL command; TRUNCATE of a partition is none."""
_logger = logging.getLogger("rederive.capture")


@dataclass(frozen=True, slots=True)
class Due:
    """A table to be read anew, once the stream has reached `lsn`: all of it, or `partitions`."""

    definition: Definition
    lsn: Lsn
    partitions: tuple[int, ...]


class Watch:
    """Looks after the tables that the source's patterns name.

    `patterns` may be changed while it runs. `not_before` is the place that the next cut must
    reach for the sake of what was read; up to `seen` the catalogue is known.
    """

    def __init__(
        self,
        source: Source,
        connection: Connection,
        publisher: Publisher,
        recorded: Recorded,
        changes: Changes,
        visibility: Visibility,
        refill: Refill,
    ) -> None:
        self._source, self._connection, self._publisher = source, connection, publisher
        self._recorded, self._changes = recorded, changes
        self._visibility, self._refill = visibility, refill
        self.patterns = list(source.tables)
        self._mark = self._publication_mark = ""
        self._oids: list[int] = []
        self._look_due, self._has_events = 0.0, False
        self._due: dict[str, Due] = {}
        self._joining = Joining(source, connection)
        self._gone: dict[str, Lsn] = {}
        self._faults: dict[str, str] = {}
        self.not_before = self.seen = Lsn(0)

    # ------------------------------------------------------------------ what the loop asks

    @property
    def holds(self) -> bool:
        """Whether a cut would say something that is not so: a table awaits being read anew."""
        return bool(self._due) or any(name in self._recorded for name in self._joining)

    @property
    def awaited(self) -> Lsn:
        """The place that the stream must reach for a cut to be possible."""
        return max([self.not_before, *(due.lsn for due in self._due.values())])

    @property
    def tables_due(self) -> tuple[str, ...]:
        return tuple(sorted({*self._due, *(n for n in self._joining if n in self._recorded)}))

    def is_clear(self) -> bool:
        """Whether a cut may be written: the publication is as it was, and nothing is held."""
        with source_errors(self._source, "look at the publication of"):
            found = publication_mark(self._connection, self._source.publication_name)
        if found != self._publication_mark:
            self._look()
        return not self.holds

    def refresh(self, tables: Iterable[str], why: str) -> None:
        """Have these tables read anew, where they can be captured."""
        found = self._looked([literally(name) for name in tables])
        for definition in found.definitions.values():
            if definition.membership and definition.key:
                self._mark_due(definition, found.lsn, (), why)

    def turn(self, reached: Lsn, copying: Callable[[int], None]) -> None:
        """Between two transactions, the stream having been read up to `reached`: look where it is
        time to, then do what is due. `copying` is called while a table is read."""
        is_wanted, self._changes.is_look_wanted = self._changes.is_look_wanted, False
        if is_wanted or time.monotonic() >= self._look_due:
            if is_wanted:
                self._visibility.wait()
            self._look_if_changed()
        if self._changes.unreadable:
            self.refresh(self._changes.unreadable, "the log laid its rows out otherwise")
            self._changes.unreadable.clear()
        self._join()
        for name, due in list(self._due.items()):
            if due.lsn <= reached:
                self._read_anew(name, due, reached, copying)
        for name in [name for name, lsn in self._gone.items() if lsn <= reached]:
            del self._gone[name]
            self._forget(name)

    # ------------------------------------------------------------------ looks

    def _look_if_changed(self) -> None:
        with source_errors(self._source, "look at the catalogue of"):
            found, lsn = mark(self._connection, self._oids)
            self._has_events = self._source.ddl == "events" and has_events(self._connection)
        interval_s = EVENTS_INTERVAL_S if self._has_events else LOOK_INTERVAL_S
        self._look_due = time.monotonic() + interval_s
        if found != self._mark:
            self._mark = found
            self._look()
        self.seen = lsn

    def _looked(self, patterns: list[str]) -> Look:
        with source_errors(self._source, "look at the tables of"):
            return look(self._source, self._connection, patterns)

    def _looked_at_all(self) -> tuple[Look, dict[str, str]]:
        """The look, and the tables that cannot be captured as they are, with the reason; of one
        moment, lest a table is put out for what a change between the two makes of it."""
        with source_errors(self._source, "look at the tables of"), one_snapshot(self._connection):
            return self._looked(self.patterns), self._unfit()

    def _look(self) -> None:
        with source_errors(self._source, "look at the publication of"):
            self._publication_mark = publication_mark(
                self._connection, self._source.publication_name
            )
        found, unfit = self._looked_at_all()
        self._oids = [definition.oid for definition in found.definitions.values()]
        self._mend_publication(found, unfit)
        for definition in found.definitions.values():
            if definition.table in unfit:
                self._put_out(definition, unfit[definition.table], found)
            else:
                self._compare(definition, found)
        for name in self._recorded.names():
            if name not in found.definitions and name not in self._gone:
                self._lose(name, found)

    def _unfit(self) -> dict[str, str]:
        source = replace(self._source, tables=tuple(self.patterns))
        found = fitness(source, self._connection, self._recorded.names())
        refused = {c.name.removeprefix("table "): c for c in found.refused}
        left_out = {each.table: each.refusal for each in found.left_out}
        return {name: f"{c.message}. Fix: {c.fix}." for name, c in (refused | left_out).items()}

    def _mend_publication(self, found: Look, unfit: Container[str]) -> None:
        """What it lacks is added, where it is ours; else capture ends here (PreflightError)."""
        covered = [name for name in found.definitions if name not in unfit]
        publication = found.publication
        filtered = sorted(publication.filtered & set(covered)) if publication else []
        if filtered:
            raise PreflightError(
                f"Publication {self._source.publication_name} leaves out rows or columns of "
                f"{', '.join(filtered)}.",
                fix="take its row filters and column lists away",
            )
        lacking = [n for n in covered if publication is None or not publication.covers(n)]
        is_partitioned = any(found.definitions[name].kind == "p" for name in covered)
        is_whole = publication is not None and publication.is_whole(is_partitioned=is_partitioned)
        if is_whole and not lacking:
            return
        lost = sorted(set(lacking) & set(self._recorded.names()))
        if not is_whole or lost:
            _logger.warning(
                "Publication %s was changed, and is mended: %s published anew.",
                self._source.publication_name,
                f"{', '.join(lost)} will be" if lost else "tables will be",
            )
        try:
            ensure_publication(
                self._source, self._connection, covered, is_partitioned=is_partitioned
            )
        except SourceError as error:
            if not is_passing(error.__cause__):
                raise
            self._mark, self._look_due = "", time.monotonic() + LOOK_INTERVAL_S  # tries again
        for name in covered:
            if name in lacking or not is_whole:
                self._await_writers(found.definitions[name])

    def _compare(self, definition: Definition, found: Look) -> None:
        name = definition.table
        self._faults.pop(name, None)
        self._gone.pop(name, None)
        if name in self._joining:
            return
        recorded = self._recorded.get(name)
        due = self._due.get(name)
        if due is not None:
            if due.definition != definition:
                self._mark_due(definition, found.lsn, (), "changed again")
        elif recorded is None:
            _logger.info("Table %s is new: it is published from its beginning.", name)
            self._await_writers(definition)
        elif not recorded.definition:
            self._mark_due(definition, found.lsn, (), "recorded without its definition")
        else:
            self._follow(Definition.from_json(recorded.definition), definition, recorded, found)

    def _follow(
        self, before: Definition, after: Definition, recorded: TableSchema, found: Look
    ) -> None:
        """Do what a change of a captured table's definition asks for."""
        what, why = consequence(before, after)
        if what is Consequence.REFILL:
            self._mark_due(after, found.lsn, (), why)
        elif what is Consequence.FILL:
            self._mark_due(after, found.lsn, new_partitions(before, after), why)
        elif what is Consequence.SCHEMA:
            _logger.info("Table %s: %s.", after.table, why)
            with source_errors(self._source, f"look at {after.table} of"):
                schema = schema_of(self._connection, after, max(found.lsn, recorded.lsn))
            self._recorded.record(replace(schema, emptied=recorded.emptied))
        elif what is Consequence.NOTE:
            self._recorded.record(replace(recorded, definition=after.to_json()))

    def _mark_due(
        self, definition: Definition, lsn: Lsn, partitions: tuple[int, ...], why: str
    ) -> None:
        name = definition.table
        part = "the new partitions are" if partitions else "it is"
        _logger.info("Table %s: %s; %s published anew.", name, why, part)
        self._due[name] = Due(definition, lsn, partitions)

    # ------------------------------------------------------------------ joining, going

    def _await_writers(self, definition: Definition) -> None:
        """Let a table join once those who write to it now have ended."""
        name = definition.table
        if name not in self._recorded:
            self._publisher.add_topic(table_topic(self._source.name, name))
        self._due.pop(name, None)
        self._joining.add(definition)

    def _join(self) -> None:
        """Have the tables read that nobody is waited for any more."""
        ready = self._joining.ready()
        if not ready:
            return
        found = self._looked(self.patterns)
        for name in ready:
            definition = found.definitions.get(name)
            if definition is None:
                self._joining.discard(name)
            elif definition.membership:
                self._joining.discard(name)
                self._due[name] = Due(definition, found.lsn, ())

    def _put_out(self, definition: Definition, fault: str, found: Look) -> None:
        """A table that cannot be captured stops nobody else, and no application."""
        name = definition.table
        if self._faults.get(name) != fault:
            self._faults[name] = fault
            _logger.warning("Not captured: %s", fault)
        self._due.pop(name, None)
        self._joining.discard(name)
        is_harmful = not definition.key or definition.identity == "n"
        if is_harmful and found.publication is not None and found.publication.covers(name):
            leave_out(self._source, self._connection, name)
        if name in self._recorded:
            self._forget(name)

    def _forget(self, name: str) -> None:
        self._recorded.forget(name)
        self._changes.lay_out_again(name)

    def _lose(self, name: str, found: Look) -> None:
        is_there = name in found.tables
        why = "captured no longer" if is_there else f"gone from source {self._source.name}"
        _logger.warning("Table %s is %s: the views that read it stop.", name, why)
        self._due.pop(name, None)
        self._joining.discard(name)
        self._gone[name] = found.lsn

    # ------------------------------------------------------------------ reading anew

    def _read_anew(self, name: str, due: Due, reached: Lsn, copying: Callable[[int], None]) -> None:
        place = self._refill.run(due.definition, reached, due.partitions, copying)
        if place is None:
            self._mark = ""
            self._look_if_changed()
            return
        self.not_before = max(self.not_before, place)
        del self._due[name]
        self._changes.lay_out_again(name)
        _logger.info("Table %s: %d rows were read anew.", name, self._refill.rows)
