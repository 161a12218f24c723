"""A batch on its way into the state."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from materializers.engines.duckdb.kept_view import KeptView


@dataclass(slots=True)
class Attempt:
    """Becomes the engine's state only when its transaction is committed. `changed`: rows per view;
    `seconds`: per phase."""

    views: dict[str, KeptView]
    changed: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def took(self, phase: str, since: float) -> float:
        """Add the time since then to a phase; returns the time now."""
        now = time.perf_counter()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - since
        return now
