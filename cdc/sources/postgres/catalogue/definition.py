"""A table's definition: all that the catalogue says about it on which its rows' meaning depends.

The log tells of changed rows only. What changes a table otherwise (ALTER, enum labels, partitions,
publications) shows in the catalogue alone, so a definition is kept with the table's schema record,
and compared with the catalogue now and then (`look.py`, `consequence.py`).

Tables, columns and types are told apart by oid and attnum, never by name. `version` is the `xmin`
of a catalogue row: it differs after whatever touched the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from cdc.errors import ContractError


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column. `is_filled`: rows older than the column may hold something else than NULL in it
    (a default then or now, an identity, a generated value)."""

    number: int
    name: str
    type_oid: int
    typmod: int
    is_nullable: bool
    is_filled: bool
    version: str


@dataclass(frozen=True, slots=True)
class Partition:
    """A table below a partitioned one, at any depth. `filenode` is 0 where it holds no rows itself;
    `version` is that of its attachment."""

    oid: int
    filenode: int
    version: str


@dataclass(frozen=True, slots=True)
class Definition:
    """`filenode` changes when the table is rewritten or truncated (0 where partitioned).
    `key` holds the key columns' numbers in order. `types` tells the parts of user-made types by
    oid: labels of enums, fields of composites. `membership` identifies the entry of the
    publication that covers the table, empty where none does."""

    table: str
    oid: int
    kind: str
    filenode: int
    identity: str
    key: tuple[int, ...]
    membership: str
    columns: tuple[Attribute, ...]
    partitions: tuple[Partition, ...]
    types: tuple[tuple[int, tuple[str, ...]], ...]

    def column(self, number: int) -> Attribute | None:
        """The column of that attnum, None where it is gone."""
        return next((column for column in self.columns if column.number == number), None)

    @property
    def key_names(self) -> tuple[str, ...]:
        names = {column.number: column.name for column in self.columns}
        return tuple(names[number] for number in self.key if number in names)

    def to_json(self) -> str:
        """Text for the schema record; `from_json` reads it."""
        return orjson.dumps(
            [
                self.table, self.oid, self.kind, self.filenode, self.identity, self.key,
                self.membership, [_fields(c) for c in self.columns],
                [_fields(p) for p in self.partitions], self.types,
            ]
        ).decode()  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> Definition:
        """Raises ContractError where the text is no definition."""
        try:
            table, oid, kind, filenode, identity, key, member, columns, leaves, types = (
                orjson.loads(text)
            )
            return cls(
                table, oid, kind, filenode, identity, tuple(key), member,
                tuple(Attribute(*each) for each in columns),
                tuple(Partition(*each) for each in leaves),
                tuple((type_oid, tuple(parts)) for type_oid, parts in types),
            )  # fmt: skip
        except (orjson.JSONDecodeError, ValueError, TypeError) as error:
            raise ContractError(f"A schema record holds no definition: {text[:80]!r}") from error


def _fields(row: Attribute | Partition) -> list[Any]:
    return [getattr(row, name) for name in row.__slots__]
