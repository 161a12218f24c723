"""The last record of each key among a batch's records of one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdc.contract.schemas import TableSchema
from materializers.intake.batch import Records


@dataclass(frozen=True, slots=True)
class Latest:
    """The last record of each key, as parallel lists."""

    keys: Sequence[bytes]
    values: Sequence[bytes | None]
    partitions: Sequence[int]
    offsets: Sequence[int]


def latest(records: Records, schema: TableSchema) -> Latest:
    """Choose the last record of each key; records from before the table was last emptied do not
    count."""
    count = len(records)
    if schema.emptied is None:
        if len(set(records.keys)) == count:
            return Latest(records.keys, records.values, records.partitions, records.offsets)
        chosen = list(dict(zip(records.keys, range(count), strict=True)).values())
    else:
        starts = dict(enumerate(schema.emptied.offsets))
        place = zip(records.partitions, records.offsets, strict=True)
        counting = [i for i, (p, o) in enumerate(place) if o >= starts.get(p, 0)]
        chosen = list({records.keys[i]: i for i in counting}.values())
    return Latest(
        [records.keys[i] for i in chosen],
        [records.values[i] for i in chosen],
        [records.partitions[i] for i in chosen],
        [records.offsets[i] for i in chosen],
    )
