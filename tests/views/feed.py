"""Tables held in Python that turn their changes into batches as capture would write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from cdc.contract.cut import Cut
from cdc.contract.schemas import Column, Emptied, TableSchema
from cdc.position import Lsn
from materializers.intake.batch import Batch, Records

PARTITIONS = 2
_OIDS = {"integer": 23, "bigint": 20, "text": 25, "numeric": 1700, "boolean": 16}
_ISO_ENDS = ("date", "timestamp without time zone", "timestamp with time zone")


def table_schema(
    table: str, columns: Sequence[tuple[str, str]], key: Sequence[str], *, lsn: int = 1
) -> TableSchema:
    """A schema from (name, type) pairs; `numeric(12,2)` sets the type modifier."""
    made = []
    for name, kind in columns:
        typmod = -1
        if kind.startswith("numeric("):
            precision, scale = (int(n) for n in kind[8:-1].split(","))
            typmod = (precision << 16 | scale) + 4
            kind = "numeric"
        made.append(Column(name, kind, _OIDS.get(kind, 0), typmod, name not in key))
    return TableSchema(table, tuple(made), tuple(key), Lsn(lsn))


class Feed:
    """Collects changes and hands them over as batches with rising cuts. `held`: by table the last
    record of each key that counts."""

    def __init__(self, schemas: Sequence[TableSchema]) -> None:
        self.schemas = {schema.table: schema for schema in schemas}
        self.changed = dict(self.schemas)
        self.lsn = 100
        self.held: dict[str, dict[bytes, bytes | None]] = {table: {} for table in self.schemas}
        self._records: dict[str, Records] = {}
        self._ends = {table: [0] * PARTITIONS for table in self.schemas}

    def put(self, table: str, row: Mapping[str, Any], *, op: str = "c") -> None:
        """An insert, update or snapshot read: the whole row."""
        schema = self.schemas[table]
        after = {c.name: _encode(row.get(c.name), c.type_name) for c in schema.columns}
        self._add(table, row, orjson.dumps({"before": None, "after": after, "op": op}))

    def delete(self, table: str, key: Mapping[str, Any]) -> None:
        """A delete: an envelope, then a tombstone."""
        self._add(table, key, orjson.dumps({"before": None, "after": None, "op": "d"}))
        self._add(table, key, None)

    def truncate(self, table: str) -> None:
        """Everything before now no longer counts."""
        schema = self.schemas[table]
        emptied = Emptied(Lsn(self.lsn), tuple(self._ends[table]))
        self.held[table] = {}
        self.alter(TableSchema(table, schema.columns, schema.key, Lsn(self.lsn), emptied))

    def alter(self, schema: TableSchema) -> None:
        """Another schema of a table."""
        self.schemas[schema.table] = self.changed[schema.table] = schema

    def raw(self, table: str, key: bytes, value: bytes | None) -> None:
        """A record as bytes."""
        self.held[table][key] = value
        partition = sum(key) % PARTITIONS
        records = self._records.setdefault(table, Records())
        records.keys.append(key)
        records.values.append(value)
        records.partitions.append(partition)
        records.offsets.append(self._ends[table][partition])
        self._ends[table][partition] += 1

    def _add(self, table: str, row: Mapping[str, Any], value: bytes | None) -> None:
        schema = self.schemas[table]
        key = {name: _encode(row[name], schema.column(name).type_name) for name in schema.key}
        self.raw(table, orjson.dumps(key), value)

    @property
    def is_waiting(self) -> bool:
        """Whether there is something for the next batch."""
        return bool(self._records or self.changed)

    def batch(self, *, is_exact: bool = True) -> Batch:
        """Everything since the last batch, at the next cut."""
        self.lsn += 10
        offsets = {f"shop.{table}": tuple(ends) for table, ends in self._ends.items()}
        cut = Cut("shop", Lsn(self.lsn), 0, 0, offsets)
        batch = Batch(cut, self._records, self.changed, offsets, is_exact)
        self._records, self.changed = {}, {}
        return batch

    def whole(self, at: Batch) -> Batch:
        """All that the topics hold at the cut of the last batch, in one batch to it."""
        records = {}
        for table in self.schemas:
            held = self.held[table]
            made = Records(list(held), list(held.values()))
            made.partitions += [sum(key) % PARTITIONS for key in held]
            ends = at.offsets[f"shop.{table}"]
            made.offsets += [max(0, ends[p] - 1) for p in made.partitions]
            records[table] = made
        return replace(
            at, records=records, schemas=dict(self.schemas), is_exact=True, gone=frozenset()
        )


def _encode(value: Any, type_name: str) -> Any:
    if value is None or isinstance(value, orjson.Fragment):
        return value
    if type_name == "numeric":
        return str(value)
    if type_name in _ISO_ENDS and str(value)[-1:].isdigit():
        return str(value).replace(" ", "T") + "Z"
    return value
