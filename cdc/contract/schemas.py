"""The schema record: a table's columns and key, and since when its records count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from cdc.contract.type_parameters import type_parameters
from cdc.errors import ContractError
from cdc.position import Lsn


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `type_name`: from `format_type`, without modifier (`numeric`, `timestamp with time
    zone`, `integer[]`). `typmod`: type modifier, -1 for none. `labels`: those of an enum, or of an
    array's enum, in their order. `collation`: the name of a non-deterministic one, by which unlike
    texts can be equal, else empty. `dimensions`: those that an array is declared with, where they
    are several: its values are PostgreSQL's texts then. Older records have none of these."""

    name: str
    type_name: str
    type_oid: int
    typmod: int = -1
    nullable: bool = True
    labels: tuple[str, ...] = ()
    collation: str = ""
    dimensions: int = 0

    @property
    def parameters(self) -> tuple[int, ...]:
        """What the type is declared with; see `type_parameters`."""
        return type_parameters(self.type_name, self.typmod)

    def to_json(self) -> dict[str, Any]:
        """The column's part of the record."""
        part = {
            "name": self.name,
            "type": self.type_name,
            "oid": self.type_oid,
            "typmod": self.typmod,
            "nullable": self.nullable,
        }
        if self.labels:
            part["labels"] = self.labels
        if self.collation:
            part["collation"] = self.collation
        return {**part, "dimensions": self.dimensions} if self.dimensions else part

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Column:
        """Read what `to_json` wrote; raises KeyError, TypeError."""
        labels, collation = tuple(raw.get("labels", ())), raw.get("collation", "")
        name, kind, oid, typmod = (raw[part] for part in ("name", "type", "oid", "typmod"))
        dimensions = raw.get("dimensions", 0)
        return cls(name, kind, oid, typmod, raw["nullable"], labels, collation, dimensions)


@dataclass(frozen=True, slots=True)
class Emptied:
    """A TRUNCATE, or a copy begun again: records before `offsets`, one for each partition of the
    table's topic, no longer count."""

    lsn: Lsn
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table as of `lsn`. `table`: `schema.table`. `key`: columns in order. `definition`:
    capture's own note of the catalogue, of no use to readers. `topic_id`: Kafka's id of the table's
    topic, "" in old records; another id means that the topic was recreated. Set as the record is
    written."""

    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    lsn: Lsn
    emptied: Emptied | None = None
    definition: str = ""
    topic_id: str = ""

    def is_emptied_since(self, before: TableSchema | None) -> bool:
        """Whether rows known under the schema `before` no longer count."""
        if before is not None and "" not in (before.topic_id, self.topic_id):
            if before.topic_id != self.topic_id:
                return True
        return self.emptied is not None and (before is None or before.emptied != self.emptied)

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def with_null(self, name: str) -> TableSchema:
        """This schema with that column nullable."""
        columns = (replace(c, nullable=True) if c.name == name else c for c in self.columns)
        return replace(self, columns=tuple(columns))

    def to_json(self) -> bytes:
        """The record's value."""
        emptied = self.emptied and {
            "lsn": str(self.emptied.lsn),
            "offsets": list(self.emptied.offsets),
        }
        return orjson.dumps(
            {
                "table": self.table,
                "columns": [column.to_json() for column in self.columns],
                "key": list(self.key),
                "lsn": str(self.lsn),
                "emptied": emptied,
                "definition": self.definition,
                "topic_id": self.topic_id,
            }
        )

    @classmethod
    def from_json(cls, value: bytes | str) -> TableSchema:
        """The inverse of `to_json`; raises ContractError for anything else."""
        try:
            raw = orjson.loads(value)
            emptied = raw["emptied"] and Emptied(
                Lsn.parse(raw["emptied"]["lsn"]), tuple(raw["emptied"]["offsets"])
            )
            return cls(
                table=raw["table"],
                columns=tuple(map(Column.from_json, raw["columns"])),
                key=tuple(raw["key"]),
                lsn=Lsn.parse(raw["lsn"]),
                emptied=emptied,
                definition=raw.get("definition", ""),
                topic_id=raw.get("topic_id", ""),
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise ContractError(
                f"A record of the schemas topic is no schema: {value[:80]!r}"
            ) from error
