"""Capture's progress for status and screen, and its counters for metrics."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from cdc.position import Lsn
from cdc.readings import Reading

PROGRESS_INTERVAL_S = 0.25


@dataclass(frozen=True, slots=True)
class Progress:
    """`phase`: the first copy, or following the stream.

    `rows_done`: in a copy, rows published, of about `rows_estimated` (0 where unknown); in the
    stream, changes published by this process. `lsn`: of the newest committed cut; `lag_bytes`: the
    log between it and the source's end. `changes_per_second`: in the last interval. `catalogue_at`:
    position up to which definitions are known. `tables_due`: tables to be published again;
    `readings`: their progress. `left_out`: tables that cannot be captured, and why; `suspended`:
    those of them that this process captured before. `committed_at_us`: commit
    time of the newest cut's last transaction, microseconds since 1970, 0 where unknown."""

    phase: Literal["snapshot", "stream"]
    rows_done: int
    rows_estimated: int
    lsn: Lsn
    lag_bytes: int
    changes_per_second: float
    catalogue_at: Lsn = field(default_factory=Lsn)
    tables_due: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    committed_at_us: int = 0
    suspended: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As a JSON object. `lag_s`: seconds since that commit, None where unknown."""
        at_us = self.committed_at_us
        return {
            "rows_done": self.rows_done,
            "rows_estimated": self.rows_estimated,
            "lsn": str(self.lsn),
            "lag_bytes": self.lag_bytes,
            "lag_s": round(max(0.0, time.time() - at_us / 1e6), 1) if at_us else None,
            "changes_per_second": round(self.changes_per_second, 1),
            "catalogue_at": str(self.catalogue_at),
            "readings": [reading.as_json() for reading in self.readings],
            "left_out": dict(self.left_out),
            "suspended": list(self.suspended),
        }


@dataclass(slots=True)
class Counts:
    """Counters over all runs of the process: rows read by copies, changes inside committed cuts,
    committed cuts (parts included), failed runs. Written by the capturing thread, read by any."""

    rows: int = 0
    changes: int = 0
    cuts: int = 0
    failures: int = 0

    def as_json(self) -> dict[str, int]:
        """As a JSON object."""
        return asdict(self)
