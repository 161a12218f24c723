"""The layout of a table's stored rows: columns and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import orjson

from cdc.contract.schemas import Column, TableSchema
from materializers.engines.rows.store.row_bytes import RowBytes
from materializers.sql.types.captured import captured_type, is_stored_as
from materializers.sql.types.sql_type import SqlType

_GONE = "a column that is gone, whose values of before are in its place, unread "
"""The prefix of removed columns' names; longer than any name of PostgreSQL's."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`columns`: of a stored row, in order; `key`: the primary key's."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @classmethod
    def of(cls, schema: TableSchema, names: Set[str]) -> Layout:
        """The layout with these columns of a table, and its key's."""
        wanted = names | set(schema.key)
        return cls(tuple(c for c in schema.columns if c.name in wanted), schema.key)

    def to_json(self) -> bytes:
        """As a JSON object."""
        return orjson.dumps({"columns": [c.to_json() for c in self.columns], "key": self.key})

    @classmethod
    def from_json(cls, text: bytes) -> Layout:
        """The inverse of `to_json`."""
        raw = orjson.loads(text)
        return cls(tuple(map(Column.from_json, raw["columns"])), tuple(raw["key"]))

    @property
    def kinds(self) -> Sequence[tuple[str, SqlType]]:
        """The names and types of the stored columns."""
        return [(column.name, captured_type(column)) for column in self.columns]

    def rows(self) -> RowBytes:
        """Writes and reads stored rows."""
        return RowBytes([kind for _, kind in self.kinds])

    def lacking(self, names: Iterable[str]) -> list[str]:
        """Those of the columns that are not stored."""
        there = {column.name for column in self.columns}
        return sorted(name for name in names if name not in there)

    def without(self, names: Set[str]) -> Layout:
        """The layout without some columns; their stored values stay in the rows."""
        columns = [
            replace(column, name=f"{_GONE}{place}") if column.name in names else column
            for place, column in enumerate(self.columns)
        ]
        return replace(self, columns=tuple(columns))

    def fitted(self, now: TableSchema) -> Layout:
        """The layout without columns that the table dropped or retyped. If its key changes, all of
        its views stop, and the table is removed."""
        if now.key != self.key:
            return self
        present = {column.name: column for column in now.columns}
        fitting = {
            c.name for c in self.columns if c.name in present and is_stored_as(c, present[c.name])
        }
        left = self.without({c.name for c in self.columns} - fitting - set(self.key))
        return replace(left, columns=tuple(present.get(c.name, c) for c in left.columns))

    def is_keyed_as(self, other: Layout) -> bool:
        """Whether a key has the same bytes as before: an enum's are its label's position."""
        return _kinds(self) == _kinds(other)

    def joined(self, other: Layout) -> Layout:
        """The layout with the columns that only another layout of the table has."""
        lacking = self.lacking(c.name for c in other.columns if not c.name.startswith(_GONE))
        more = tuple(c for c in other.columns if c.name in lacking)
        return replace(self, columns=self.columns + more)


def _kinds(layout: Layout) -> Mapping[str, SqlType]:
    return {name: kind for name, kind in layout.kinds if name in layout.key}
