"""A table's definition: everything in the catalogue on which the meaning of its rows depends.

The log holds changed rows only. Other changes (ALTER, enum labels, partitions, publications) show
in the catalogue alone. So a definition is stored in the table's schema record and compared with the
catalogue now and then (`look.py`, `consequence.py`).

Tables, columns and types are identified by oid and attnum, never by name. `version` is the `xmin`
of a catalogue row: it differs after any change of the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from cdc.errors import ContractError


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column. `is_filled`: rows older than the column may have a value in it (a default then or
    now, an identity, a generated value). `collation`: the name of a non-deterministic one, else
    empty. `dimensions`: those of an array where it is declared with several, else 0."""

    number: int
    name: str
    type_oid: int
    typmod: int
    is_nullable: bool
    is_filled: bool
    version: str
    collation: str = ""
    dimensions: int = 0


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition, at any depth below the root. `filenode`: 0 where it is itself partitioned;
    `version`: of its pg_inherits row."""

    oid: int
    filenode: int
    version: str


@dataclass(frozen=True, slots=True)
class Definition:
    """`filenode`: differs after a rewrite or TRUNCATE, 0 where partitioned. `key`: attnums of the
    key columns in order. `types`: by oid of a user-made type, its enum labels (and, behind `#`,
    their order) or fields. `membership`: identifies the publication's entry for the table, "" where
    there is none."""

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
        """The column of that attnum, or None."""
        return next((column for column in self.columns if column.number == number), None)

    @property
    def key_names(self) -> tuple[str, ...]:
        names = {column.number: column.name for column in self.columns}
        return tuple(names[number] for number in self.key if number in names)

    def to_json(self) -> str:
        """The text for the schema record; see `from_json`."""
        return orjson.dumps(
            [
                self.table, self.oid, self.kind, self.filenode, self.identity, self.key,
                self.membership, [_fields(c) for c in self.columns],
                [_fields(p) for p in self.partitions], self.types,
            ]
        ).decode()  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> Definition:
        """The inverse of `to_json`. Raises ContractError for any other text."""
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
