"""The rows of one captured table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from materializers.sql.relations.relation import Column, Columns, Key, Relation


@dataclass(frozen=True)
class Scan(Relation):
    """`listed`: (name in the table, column) of each column that is read. `primary_key`: names in
    the table, all of them listed; empty where no key is known."""

    table: str
    listed: tuple[tuple[str, Column], ...]
    primary_key: tuple[str, ...]

    @cached_property
    def columns(self) -> Columns:
        return tuple(column for _, column in self.listed)

    @property
    def keys(self) -> tuple[Key, ...]:
        read = dict(self.listed)
        key = frozenset(read[name].name for name in self.primary_key)
        return (key,) if key else ()
