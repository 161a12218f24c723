"""Orders of a user to the running capture: add, remove and refresh tables.

An order is checked and begun at once, or refused with a RederiveError that changes nothing. The
readings it returns report the progress of what takes longer.
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
    """Rows to read again: those of a table for which `condition` is true."""

    condition: str
    reading: Reading


class Orders:
    """Carries out orders on a running watch."""

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
        """Capture the tables that match the pattern. Returns the readings begun, and the tables
        that cannot be captured, each with reason and fix."""
        source = replace(self._wanted.source, tables=(pattern,))
        with source_errors(source, "look at the tables of"):
            fit = fitness(source, self._connection, self._recorded.names())
        for refused in fit.refused:
            raise PreflightError(_sentence(refused.message), fix=refused.fix)
        patterns, removed = list(self._wanted.patterns), set(self._wanted.removed)
        try:
            self._wanted.add(pattern)
            self._watch.look_again()
        except RederiveError:
            self._wanted.patterns, self._wanted.removed = patterns, removed
            raise
        readings = [self._wanted.readings.find(table.name) for table in fit.captured]
        left_out = {e.table: f"{_sentence(e.refusal.message)} Fix: {e.fix}." for e in fit.left_out}
        return [reading for reading in readings if reading is not None], left_out

    def remove(self, pattern: str) -> list[Reading]:
        """Stop capturing the tables that match the pattern. Their readings end once that is
        published."""
        tables = self._known(pattern)
        self._wanted.remove([*tables, pattern] if pattern in self._wanted.patterns else tables)
        self._watch.look_again()
        return [self._watch.going[table] for table in tables if table in self._watch.going]

    def refresh(self, pattern: str) -> list[Reading]:
        """Read the matching tables again. A first copy under way goes on, for its changes are
        published meanwhile."""
        tables = self._known(pattern)
        again = [table for table in tables if not self._recorded.is_unheard_of(table)]
        self._watch.refresh(again, "as it was asked for")
        readings = [self._wanted.readings.find(table) for table in tables]
        return [reading for reading in readings if reading is not None]

    def refresh_where(self, table: str, condition: str) -> list[Reading]:
        """Publish again the rows for which a condition over the key is true. Rows deleted at the
        source stay in the topic. Returns the reading of the whole table if one is under way."""
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
        matching = sorted(table for table in known if matches(table, pattern))
        matching = [table for table in matching if table not in self._watch.going]
        if not matching:
            raise PreflightError(
                f"{pattern} names no table that is captured.",
                fix="see `rederive capture status`; `rederive capture add` captures more tables",
            )
        return matching

    # ------------------------------------------------------------------ refresh with a condition

    def turn(self, reached: Lsn, copying: Callable[[int], None]) -> None:
        """Between two transactions: read the rows of pending orders."""
        while self._parts:
            part = self._parts.pop(0)
            if not part.reading.is_over:
                self._read(part, reached, copying)

    def _read(self, part: _Part, reached: Lsn, copying: Callable[[int], None]) -> None:
        reading = part.reading
        recorded = self._recorded.get(reading.table)
        if recorded is None or reading.table in self._watch.tables_due:
            reading.fail(f"Table {reading.table} is being refilled in full.")
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
        # The rows read before the failure are correct only from this position on.
        self._watch.not_before = max(self._watch.not_before, place)
        if not reading.is_over:
            reading.fail(
                f"Table {reading.table} was changed while it was read.", "ask for it again"
            )
            self._watch.look_again()


def _sentence(text: str) -> str:
    begins = "Table" if text.startswith("table ") else text[:5]
    return f"{begins}{text[5:].rstrip('.')}."
