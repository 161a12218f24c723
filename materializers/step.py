"""A step: what moves a view's rows in a sink from one cut to a later one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from materializers.refusal import EndOfStep, Refusals


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
