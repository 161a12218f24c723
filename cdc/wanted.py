"""Which tables are captured: those that the project names, and what a running capture was told.

It lives as long as the process does, so that a run that is begun again knows what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from cdc.config import Source
from cdc.readings import Readings


class Wanted:
    """`patterns` name tables, as the source's do; those in `removed` are captured nevertheless
    not. `readings`: how far those are that are being read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.patterns = list(source.tables)
        self.removed: set[str] = set()
        self.readings = Readings()

    @property
    def source(self) -> Source:
        """The source with the patterns that hold now."""
        return replace(self._source, tables=tuple(self.patterns))

    def add(self, pattern: str) -> None:
        """Capture what the pattern names."""
        self.removed = {table for table in self.removed if not matches(table, pattern)}
        if pattern not in self.patterns:
            self.patterns.append(pattern)

    def remove(self, tables: Iterable[str]) -> None:
        """Capture these tables no longer."""
        gone = set(tables)
        kept = [p for p in self.patterns if p not in gone or p in self._source.tables]
        self.patterns = kept
        self.removed |= gone

    def named_by(self, table: str) -> str:
        """The project's own pattern that names a table or is the pattern, empty where none is."""
        found = (p for p in self._source.tables if p == table or matches(table, p))
        return next(found, "")


def matches(table: str, pattern: str) -> bool:
    """Whether a pattern names a table."""
    return table == pattern or fnmatchcase(table, pattern)
