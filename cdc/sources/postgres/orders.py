"""What a user tells the running capture to do with tables, done between two transactions.

Each order is checked and begun at once, or refused with a RederiveError that changes nothing; what
takes longer is told by the readings that it returns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import psycopg

from cdc.errors import PreflightError, RederiveError, SourceError
from cdc.position import Lsn
from cdc.readings import Reading
from cdc.recorded import Recorded
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.condition import checked_condition
from cdc.sources.postgres.connection import Connection, source_errors
from cdc.sources.postgres.copying.refill import Refill
from cdc.sources.postgres.fitness.fitness import fitness
from cdc.sources.postgres.watch.watch import Watch
from cdc.wanted import Wanted, matches


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows to be read anew: those of a table for which the condition is true."""

    condition: str
    reading: Reading


class Orders:
    """Carries them out on a watch at work."""

    def __init__(
        self,
        wanted: Wanted,
        connection: Connection,
        recorded: Recorded,
        watch: Watch,
        refill: Refill,
    ) -> None:
        self._wanted, self._connection = wanted, connection
        self._recorded, self._watch, self._refill = recorded, watch, refill
        self._parts: list[_Part] = []

    def add(self, pattern: str) -> tuple[list[Reading], dict[str, str]]:
        """Capture what the pattern names; the readings that this begins, and the tables that cannot
        be captured, each with the reason and its fix."""
        source = replace(self._wanted.source, tables=(pattern,))
        with source_errors(source, "look at the tables of"):
            found = fitness(source, self._connection, self._recorded.names())
        for refused in found.refused:
            raise PreflightError(_sentence(refused.message), fix=refused.fix)
        patterns, removed = list(self._wanted.patterns), set(self._wanted.removed)
        try:
            self._wanted.add(pattern)
            self._watch.look_again()
        except RederiveError:
            self._wanted.patterns, self._wanted.removed = patterns, removed
            raise
        readings = [self._wanted.readings.find(table.name) for table in found.captured]
        left_out = {
            e.table: f"{_sentence(e.refusal.message)} Fix: {e.fix}." for e in found.left_out
        }
        return [reading for reading in readings if reading is not None], left_out

    def remove(self, pattern: str) -> list[Reading]:
        """Capture the tables that the pattern names no longer; their readings end when that is
        published."""
        tables = self._known(pattern)
        self._wanted.remove([*tables, pattern] if pattern in self._wanted.patterns else tables)
        self._watch.look_again()
        return [self._watch.going[table] for table in tables if table in self._watch.going]

    def refresh(self, pattern: str) -> list[Reading]:
        """Read anew the tables that the pattern names. One that is being read for the first time
        goes on: its changes are published meanwhile."""
        tables = self._known(pattern)
        again = [table for table in tables if not self._recorded.is_unheard_of(table)]
        self._watch.refresh(again, "as it was asked for")
        readings = [self._wanted.readings.find(table) for table in tables]
        return [reading for reading in readings if reading is not None]

    def refresh_where(self, table: str, condition: str) -> list[Reading]:
        """Publish the rows for which a condition over the key is true once more. Rows that are gone
        from the source stay in the topic. The reading of the whole table where one is under way."""
        if self._known(table) != [table]:
            raise PreflightError(f"{table} names several tables.", fix="give a condition for one")
        underway = self._wanted.readings.find(table)
        if underway is not None:
            return [underway]
        recorded = self._recorded.get(table)
        assert recorded is not None
        definition = Definition.from_json(recorded.definition)
        with source_errors(self._wanted.source, f"look at {table} of"):
            text = checked_condition(self._connection, definition, condition)
        part = _Part(text, self._wanted.readings.part(table, ""))
        self._parts.append(part)
        return [part.reading]

    def _known(self, pattern: str) -> list[str]:
        known = {*self._recorded.names(), *(r.table for r in self._wanted.readings)}
        found = sorted(table for table in known if matches(table, pattern))
        found = [table for table in found if table not in self._watch.going]
        if not found:
            raise PreflightError(
                f"{pattern} names no table that is captured.",
                fix="see `rederive capture status`; `rederive capture add` takes one up",
            )
        return found

    # ------------------------------------------------------------------ rows read anew

    def turn(self, reached: Lsn, copying: Callable[[int], None]) -> None:
        """Between two transactions: read the rows that are to be read anew."""
        while self._parts:
            part = self._parts.pop(0)
            if not part.reading.is_over:
                self._read(part, reached, copying)

    def _read(self, part: _Part, reached: Lsn, copying: Callable[[int], None]) -> None:
        reading = part.reading
        recorded = self._recorded.get(reading.table)
        if recorded is None or reading.table in self._watch.tables_due:
            reading.fail(f"Table {reading.table} is being read anew as a whole.")
            return
        try:
            is_whole = self._refill.run_where(recorded, part.condition, reached, reading, copying)
        except SourceError as error:
            if not isinstance(error.__cause__, psycopg.DataError | psycopg.ProgrammingError):
                raise
            reading.fail(error.message, "correct the condition")
            is_whole = False
        place = reading.place
        if is_whole:
            self._watch.publish_behind(max(place, reached), reading)
            return
        # Rows that were read before it failed are right behind that place only.
        self._watch.not_before = max(self._watch.not_before, place)
        if not reading.is_over:
            reading.fail(
                f"Table {reading.table} was changed while it was read.", "ask for it again"
            )
            self._watch.look_again()


def _sentence(text: str) -> str:
    begins = "Table" if text.startswith("table ") else text[:5]
    return f"{begins}{text[5:].rstrip('.')}."
