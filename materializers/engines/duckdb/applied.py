"""What applying a batch does and did."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from materializers.engines.duckdb.kept_view import KeptView


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch did: changed rows per view, seconds per phase, views that stopped and why."""

    changed: Mapping[str, int]
    seconds: Mapping[str, float]
    failures: Mapping[str, str]


@dataclass(slots=True)
class Attempt:
    """A batch on its way: becomes the engine's state only when its transaction is committed."""

    views: dict[str, KeptView]
    changed: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def took(self, phase: str, since: float) -> float:
        now = time.perf_counter()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - since
        return now
