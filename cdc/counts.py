"""What capture has done since its process began, for metrics: it only grows, over all its runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counts:
    """`rows`: read by copies of tables; `changes`: from the log, inside committed cuts; `cuts`:
    committed, those of copies under way too; `failures`: runs that ended by one. Written by the
    thread that captures, read by any."""

    rows: int = 0
    changes: int = 0
    cuts: int = 0
    failures: int = 0

    def told(self) -> dict[str, int]:
        """As JSON knows it."""
        return asdict(self)
