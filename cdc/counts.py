"""Counters of capture for metrics. They grow over all runs of the process."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counts:
    """`rows`: read by copies. `changes`: from the log, inside committed cuts. `cuts`: committed,
    parts included. `failures`: runs that failed. Written by the capturing thread, read by any."""

    rows: int = 0
    changes: int = 0
    cuts: int = 0
    failures: int = 0

    def as_json(self) -> dict[str, int]:
        """As a JSON object."""
        return asdict(self)
