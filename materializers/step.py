"""A step: what moves a view's rows in a sink from one cut to a later one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

import pyarrow as pa

from materializers.refusal import EndOfStep, Refusals

SHORT_BYTES_MAX = 4_000_000
"""What a short step may take in Arrow."""


@dataclass(frozen=True, slots=True)
class Step:
    """What moves a generation from one cut to a later one.

    `version`: the cut's version, never less than that of the step before. `cut`: the cut record
    as JSON text, stored by the sink as the cut it has reached. `upserts`: record batches with
    all the view's columns, at most one row per key; `deletes`: record batches with the key's
    columns only; a key is in one of them, never both. Deletes are applied first, because a sink
    may know rows by a part of the view's key. JSON columns arrive as strings. Each iterable is
    read once, and it may raise: then nothing of the step has become visible to a reader.
    `refusals` takes the rows that the target refuses; how each was before is removed with the
    step, because readers would take it for what it is now.
    """

    version: int
    cut: str
    upserts: Iterable[pa.RecordBatch]
    deletes: Iterable[pa.RecordBatch]
    refusals: Refusals = field(default_factory=EndOfStep)

    def read_ahead(self, rows_max: int) -> tuple[Step, bool]:
        """The same step, and whether it is short: so few rows, in SHORT_BYTES_MAX at most, which
        are lists then."""
        deletes, others = _taken(self.deletes, rows_max)
        if others is not None:
            return replace(self, deletes=chain(deletes, others)), False
        left = rows_max - sum(batch.num_rows for batch in deletes)
        upserts, others = _taken(self.upserts, left)
        if others is not None:
            return replace(self, deletes=deletes, upserts=chain(upserts, others)), False
        return replace(self, deletes=deletes, upserts=upserts), True


def _taken(
    batches: Iterable[pa.RecordBatch], rows_max: int
) -> tuple[list[pa.RecordBatch], Iterator[pa.RecordBatch] | None]:
    """Batches up to the first that makes them too many, and the others; None where all are few."""
    taken, others, rows, size = [], iter(batches), 0, 0
    for batch in others:
        taken.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > rows_max or size > SHORT_BYTES_MAX:
            return taken, others
    return taken, None
