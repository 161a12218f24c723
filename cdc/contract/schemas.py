"""The schema record: a table's columns, key, and the position of what emptied it last."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from cdc.errors import ContractError
from cdc.position import Lsn


@dataclass(frozen=True, slots=True)
class Column:
    """One column: PostgreSQL's type name as `format_type` gives it without modifier
    (`numeric`, `timestamp with time zone`, `integer[]`), its oid and type modifier (-1: none)."""

    name: str
    type_name: str
    type_oid: int
    typmod: int = -1
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Emptied:
    """A truncation, or a snapshot begun anew: in each partition of the table's topic, records
    before `offsets` no longer count."""

    lsn: Lsn
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table as of `lsn`: `table` is `schema.table`, `key` its primary key's columns in order.
    `definition` is capture's own note of the table's catalogue entries, nothing to readers."""

    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    lsn: Lsn
    emptied: Emptied | None = None
    definition: str = ""

    def column(self, name: str) -> Column:
        """The column of that name; raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def to_json(self) -> bytes:
        """The record's value."""
        emptied = self.emptied and {
            "lsn": str(self.emptied.lsn),
            "offsets": list(self.emptied.offsets),
        }
        return orjson.dumps(
            {
                "table": self.table,
                "columns": [
                    {
                        "name": c.name,
                        "type": c.type_name,
                        "oid": c.type_oid,
                        "typmod": c.typmod,
                        "nullable": c.nullable,
                    }
                    for c in self.columns
                ],
                "key": list(self.key),
                "lsn": str(self.lsn),
                "emptied": emptied,
                "definition": self.definition,
            }
        )

    @classmethod
    def from_json(cls, value: bytes | str) -> TableSchema:
        """Read a record's value; raises ContractError where it is not a schema."""
        try:
            raw = orjson.loads(value)
            emptied = raw["emptied"] and Emptied(
                Lsn.parse(raw["emptied"]["lsn"]), tuple(raw["emptied"]["offsets"])
            )
            return cls(
                table=raw["table"],
                columns=tuple(
                    Column(c["name"], c["type"], c["oid"], c["typmod"], c["nullable"])
                    for c in raw["columns"]
                ),
                key=tuple(raw["key"]),
                lsn=Lsn.parse(raw["lsn"]),
                emptied=emptied,
                definition=raw.get("definition", ""),
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise ContractError(
                f"A record of the schemas topic is no schema: {value[:80]!r}"
            ) from error
