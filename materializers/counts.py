"""What a pipeline has done since its process began, for metrics: it only grows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Counts:
    """`records`: read and applied; `batches`: in so many transactions of the state; `changes`: by
    view, rows that came or left. Written by the loop, read by any thread."""

    records: int = 0
    batches: int = 0
    changes: Counter[str] = field(default_factory=Counter)

    def add(self, records: int, changed: Mapping[str, int]) -> None:
        """A batch was applied."""
        self.records += records
        self.batches += 1
        self.changes.update(changed)

    def as_json(self) -> dict[str, Any]:
        """As JSON knows it."""
        return {"records": self.records, "batches": self.batches}
