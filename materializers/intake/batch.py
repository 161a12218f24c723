"""What the reader gives the engine: all records up to one cut, by table, in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema


@dataclass(slots=True)
class Records:
    """Records of one table's topic as parallel lists, without an object per row.

    `keys`: JSON objects of the key columns. `values`: envelopes, None for a tombstone.
    `partitions`, `offsets`: where each lies; offsets rise within a partition.
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

    `records`: by table (`schema.table`). `schemas`: of tables whose schema record changed (in the
    first batch: of all). `gone`: tables no longer captured. `offsets`: topic -> the next offset to
    read in each partition, stored in the transaction that applies the batch.

    `is_exact`: the batch ends at `cut`, and compaction cannot have removed any version that the cut
    needs. If False, it is a part of the way to a cut: its rows are stored, but nothing may be
    published, no view need be built, and the engine's cut does not move. The first load from offset
    zero comes as any number of such parts and an exact batch last.
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
