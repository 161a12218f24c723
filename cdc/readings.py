"""The progress of tables being read, for those who wait for it or show it.

Written by the capturing thread, read by any.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from cdc.position import Lsn


class Phase(Enum):
    """The phases of a reading in order; a reading may go back to WAITS."""

    WAITS = "waits"
    COPIES = "copies"
    COMMITS = "commits"
    PUBLISHED = "published"
    FAILED = "failed"


class Reading:
    """One table's, or part of a table's, way into its topic.

    `rows` were read so far, of about `rows_estimated` (0 where unknown). `why`: what it waits for,
    or why it failed, with `fix`. In phase COMMITS it is held by the first cut at or after `place`.
    """

    __slots__ = ("fix", "phase", "place", "rows", "rows_estimated", "table", "why")

    def __init__(self, table: str, why: str) -> None:
        self.table, self.why, self.fix = table, why, ""
        self.phase, self.rows, self.rows_estimated, self.place = Phase.WAITS, 0, 0, Lsn(0)

    @property
    def is_over(self) -> bool:
        return self.phase in (Phase.PUBLISHED, Phase.FAILED)

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "table": self.table,
            "phase": self.phase.value,
            "rows": self.rows,
            "rows_estimated": self.rows_estimated,
            "why": self.why,
        }

    def wait(self, why: str) -> None:
        """Begin, or begin again."""
        self.phase, self.why, self.rows = Phase.WAITS, why, 0

    def copy(self, rows_estimated: int) -> None:
        """Its rows are being read from now on."""
        self.phase, self.rows, self.rows_estimated = Phase.COPIES, 0, rows_estimated

    def commit(self, place: Lsn) -> None:
        """All rows are read; the next cut at or after `place` holds them."""
        self.phase, self.place = Phase.COMMITS, place

    def fail(self, why: str, fix: str = "") -> None:
        """End it as failed. Sets the phase last, as other threads check that first."""
        self.why, self.fix = why, fix
        self.phase = Phase.FAILED


class Readings:
    """Readings in progress: at most one of each whole table, and any of parts."""

    def __init__(self) -> None:
        self._whole: dict[str, Reading] = {}
        self._parts: list[Reading] = []

    def __iter__(self) -> Iterator[Reading]:
        return iter([*self._whole.values(), *self._parts])

    def of(self, table: str, why: str) -> Reading:
        """The reading of a whole table, begun or begun again."""
        reading = self._whole.setdefault(table, Reading(table, why))
        reading.wait(why)
        return reading

    def find(self, table: str) -> Reading | None:
        """The reading of a whole table in progress, or None."""
        return self._whole.get(table)

    def part(self, table: str, why: str) -> Reading:
        """A new reading of some of a table's rows."""
        reading = Reading(table, why)
        self._parts.append(reading)
        return reading

    def committed(self, lsn: Lsn) -> None:
        """A complete cut was written at `lsn`."""
        for reading in self:
            if reading.phase is Phase.COMMITS and reading.place <= lsn:
                reading.phase = Phase.PUBLISHED
        self._forget_over()

    def fail(self, table: str, why: str, fix: str = "") -> None:
        """End all readings of a table as failed."""
        self._fail([reading for reading in self if reading.table == table], why, fix)

    def fail_all(self, why: str, fix: str = "") -> None:
        """End all readings as failed."""
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
