"""Which tables are captured: by the project's file, and by orders to the running capture.

It lives as long as the process, so that a new run knows earlier orders.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from cdc.config import Source
from cdc.readings import Readings


class Wanted:
    """`patterns`: of the tables to capture, except those in `removed`. `readings`: the progress of
    tables being read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.patterns = list(source.tables)
        self.removed: set[str] = set()
        self.readings = Readings()

    @property
    def source(self) -> Source:
        """The source with the present patterns."""
        return replace(self._source, tables=tuple(self.patterns))

    def add(self, pattern: str) -> None:
        """Capture the tables that match the pattern."""
        self.removed = {table for table in self.removed if not matches(table, pattern)}
        if pattern not in self.patterns:
            self.patterns.append(pattern)

    def remove(self, tables: Iterable[str]) -> None:
        """Stop capturing these tables."""
        gone = set(tables)
        self.patterns = [p for p in self.patterns if p not in gone or p in self._source.tables]
        self.removed |= gone

    def named_by(self, table: str) -> str:
        """The first pattern of the project's file that matches a table or equals it, or ""."""
        matching = (p for p in self._source.tables if p == table or matches(table, p))
        return next(matching, "")


def matches(table: str, pattern: str) -> bool:
    """Whether the pattern matches the table."""
    return table == pattern or fnmatchcase(table, pattern)
