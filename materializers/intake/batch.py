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
    """Records that lead from the last applied position towards, or exactly to, `cut`.

    `records`: by table (`schema.table`). `schemas`: tables whose schema record changed in this
    batch (all tables in the first one). `gone`: tables that are captured no longer. `offsets`:
    topic -> the next offset to read in each partition once this batch is applied; stored in the
    same transaction as its rows. `is_exact`: the batch ends exactly at `cut`, and no version the
    cut needs can have been compacted away. Where False it is one part of a longer way to a cut:
    its rows are stored, but nothing may be published, no view need be built yet, and the engine's
    cut does not move. The first load from offset zero comes as any number of such parts and one
    exact batch last.
    """

    cut: Cut
    records: Mapping[str, Records]
    schemas: Mapping[str, TableSchema]
    offsets: Mapping[str, tuple[int, ...]]
    is_exact: bool = True
    gone: frozenset[str] = frozenset()

    @property
    def rows(self) -> int:
        return sum(len(records) for records in self.records.values())
