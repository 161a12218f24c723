"""A pipeline's progress for the screen, and its counters for metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdc.contract.cut import Cut


@dataclass(frozen=True, slots=True)
class Progress:
    """`phase`: `load` until the first cut, then `follow`. `rows`: read so far, of `rows_total`
    while loading. `cut`: the last one applied."""

    phase: str
    rows: int
    rows_total: int
    cut: Cut | None


OnProgress = Callable[[Progress], None]


@dataclass(slots=True)
class Counts:
    """`records`: read and applied. `batches`: transactions of the state. `changes`: by view, rows
    inserted or deleted. They only grow. Written by the loop, read by any thread."""

    records: int = 0
    batches: int = 0
    changes: Counter[str] = field(default_factory=Counter)

    def add(self, records: int, changed: Mapping[str, int]) -> None:
        """Count one applied batch."""
        self.records += records
        self.batches += 1
        self.changes.update(changed)

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {"records": self.records, "batches": self.batches}
