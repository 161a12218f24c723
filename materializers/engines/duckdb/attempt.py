"""One attempt to apply a batch."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from materializers.engines.duckdb.duckdb_view import DuckDBView


@dataclass(slots=True)
class Attempt:
    """Its results, which take effect when the transaction is committed. `views`: by label;
    `changed`: rows per view; `seconds`: per phase."""

    views: dict[str, DuckDBView]
    changed: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def took(self, phase: str, since: float) -> float:
        """Add the time since `since` to a phase; returns the time now."""
        now = time.perf_counter()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - since
        return now
