"""A step: the changes that bring a view's rows in a sink from one cut to a later one, and
what becomes of rows that the target refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Protocol

import pyarrow as pa

from materializers.errors import SinkError


class Refusals(Protocol):
    """Takes the refused rows of one step. Used by one thread."""

    def add(self, row: pa.RecordBatch, error: SinkError) -> None:
        """Take one refused row: a batch of that row, with all the view's columns, and the target's
        reason. Called at most once for each key and step. Raises SinkError to end the step."""

    def settle(self) -> None:
        """The sink has sent every row and is about to store the cut. On return the rows added are
        durable; raises SinkError where that fails."""


class EndOfStep:
    """Sets no row aside: the first refused row ends the step, of which nothing becomes visible."""

    def add(self, row: pa.RecordBatch, error: SinkError) -> None:
        raise error

    def settle(self) -> None:
        return


SHORT_BYTES_MAX = 4_000_000
"""The most Arrow bytes of a short step."""


@dataclass(frozen=True, slots=True)
class Step:
    """The changes that bring a generation from one cut to a later one.

    `version`: the cut's, never less than the step's before. `cut`: the cut record as JSON, which
    the sink stores as the cut it has reached. `upserts`: record batches with all the view's
    columns, at most one row per key. `deletes`: record batches with the key's columns. A key is in
    one of them only; deletes are applied first, as a sink may identify rows by a part of the view's
    key. JSON columns arrive as strings. Each iterable is read once, and may raise: then nothing of
    the step has become visible. `refusals` takes the rows that the target refuses; the step still
    removes such a row's former version, which readers would take for the present one.
    """

    version: int
    cut: str
    upserts: Iterable[pa.RecordBatch]
    deletes: Iterable[pa.RecordBatch]
    refusals: Refusals = field(default_factory=EndOfStep)

    def read_ahead(self, rows_max: int) -> tuple[Step, bool]:
        """The same step, and whether it is short: at most `rows_max` rows in SHORT_BYTES_MAX. Then
        its iterables are lists."""
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
    """Batches up to the first one over the limits, and the rest; None where all fit."""
    taken, others, rows, size = [], iter(batches), 0, 0
    for batch in others:
        taken.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > rows_max or size > SHORT_BYTES_MAX:
            return taken, others
    return taken, None
