"""What the reader hands to the engine: every record up to one cut, per table, in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema


@dataclass(slots=True)
class Records:
    """Records of one table's topic as parallel lists: no object per row.

    `keys`: the record keys (JSON objects of the key columns); `values`: envelopes, None for a
    tombstone; `partitions` and `offsets` say where each lies. Within a partition offsets rise.
    """

    keys: list[bytes] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)
    partitions: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.offsets)


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything between the last applied cut and `cut`.

    `records`: by table (`schema.table`). `schemas`: tables whose schema record changed in this
    batch (all tables in the first one). `is_exact`: False while compaction may already have
    removed versions this cut needs, so that nothing may be published at it.
    """

    cut: Cut
    records: Mapping[str, Records]
    schemas: Mapping[str, TableSchema]
    is_exact: bool = True

    @property
    def rows(self) -> int:
        return sum(len(records) for records in self.records.values())
