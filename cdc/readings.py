"""How far the tables are that are being read, for whoever waits for them or shows them.

A reading is changed by the thread that captures, and read by any other one.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from cdc.position import Lsn


class Phase(Enum):
    """Where a reading stands, in order; it may go back to WAITS."""

    WAITS = "waits"
    COPIES = "copies"
    COMMITS = "commits"
    PUBLISHED = "published"
    FAILED = "failed"


class Reading:
    """One table's way into its topic. `rows` were read so far, of about `rows_estimated` (0 where
    unknown); `why` says what it waits for, or why it failed, with its `fix`; once in COMMITS a cut
    at or behind `place` holds it."""

    __slots__ = ("fix", "phase", "place", "rows", "rows_estimated", "table", "why")

    def __init__(self, table: str, why: str) -> None:
        self.table, self.why, self.fix = table, why, ""
        self.phase, self.rows, self.rows_estimated, self.place = Phase.WAITS, 0, 0, Lsn(0)

    @property
    def is_over(self) -> bool:
        return self.phase in (Phase.PUBLISHED, Phase.FAILED)

    def told(self) -> dict[str, Any]:
        """As JSON knows it."""
        return {
            "table": self.table,
            "phase": self.phase.value,
            "rows": self.rows,
            "rows_estimated": self.rows_estimated,
            "why": self.why,
        }

    def wait(self, why: str) -> None:
        """It is begun, or begun again."""
        self.phase, self.why, self.rows = Phase.WAITS, why, 0

    def copy(self, rows_estimated: int) -> None:
        """Its rows are being read from here on."""
        self.phase, self.rows, self.rows_estimated = Phase.COPIES, 0, rows_estimated

    def commit(self, place: Lsn) -> None:
        """All is read; the next cut holds it, which is at or behind `place`."""
        self.phase, self.place = Phase.COMMITS, place

    def fail(self, why: str, fix: str = "") -> None:
        """It comes to nothing. The phase last, for another thread looks at that first."""
        self.why, self.fix = why, fix
        self.phase = Phase.FAILED


class Readings:
    """The readings that are not over. Those of whole tables are one a table."""

    def __init__(self) -> None:
        self._whole: dict[str, Reading] = {}
        self._parts: list[Reading] = []

    def __iter__(self) -> Iterator[Reading]:
        return iter([*self._whole.values(), *self._parts])

    def of(self, table: str, why: str) -> Reading:
        """The reading of a table, which begins, or begins again."""
        reading = self._whole.setdefault(table, Reading(table, why))
        reading.wait(why)
        return reading

    def find(self, table: str) -> Reading | None:
        """The reading of a whole table that is not over."""
        return self._whole.get(table)

    def part(self, table: str, why: str) -> Reading:
        """A reading of some of a table's rows."""
        reading = Reading(table, why)
        self._parts.append(reading)
        return reading

    def committed(self, lsn: Lsn) -> None:
        """A cut at `lsn` says that everything is as the source has it."""
        for reading in self:
            if reading.phase is Phase.COMMITS and reading.place <= lsn:
                reading.phase = Phase.PUBLISHED
        self._forget_over()

    def fail(self, table: str, why: str, fix: str = "") -> None:
        """Nothing comes of the table's readings."""
        self._fail([reading for reading in self if reading.table == table], why, fix)

    def fail_all(self, why: str, fix: str = "") -> None:
        """Nothing comes of any reading."""
        self._fail(list(self), why, fix)

    def _fail(self, readings: list[Reading], why: str, fix: str) -> None:
        for reading in readings:
            if not reading.is_over:
                reading.fail(why, fix)
        self._forget_over()

    def _forget_over(self) -> None:
        if any(reading.is_over for reading in self):
            self._whole = {t: each for t, each in self._whole.items() if not each.is_over}
            self._parts = [each for each in self._parts if not each.is_over]
