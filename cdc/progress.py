"""How far capture is, for whoever shows it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cdc.position import Lsn
from cdc.readings import Reading

PROGRESS_INTERVAL_S = 0.25


@dataclass(frozen=True, slots=True)
class Progress:
    """`phase`: the snapshot or the stream. In the snapshot `rows_done` of about `rows_estimated`
    (the planner's figure, 0 where unknown) are published; in the stream `rows_done` counts the
    changes published by this process and `rows_estimated` is 0. `lsn` is the newest committed
    cut's; `lag_bytes` how much log lies between it and the source's end of log.
    `changes_per_second` is of the last interval. `catalogue_at`: up to this place of the log the
    tables' definitions are known; `tables_due`: those that await being published anew; `readings`:
    how far they are; `left_out`: tables that cannot be captured, and why; `suspended`: those of
    them that this process captured before. `committed_at_us`: when
    the newest cut's last transaction was committed, microseconds since 1970, 0 where unknown."""

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

    def told(self) -> dict[str, Any]:
        """As JSON knows it; `lag_s`: seconds since that commit, None where unknown."""
        at_us = self.committed_at_us
        return {
            "rows_done": self.rows_done,
            "rows_estimated": self.rows_estimated,
            "lsn": str(self.lsn),
            "lag_bytes": self.lag_bytes,
            "lag_s": round(max(0.0, time.time() - at_us / 1e6), 1) if at_us else None,
            "changes_per_second": round(self.changes_per_second, 1),
            "catalogue_at": str(self.catalogue_at),
            "readings": [reading.told() for reading in self.readings],
            "left_out": dict(self.left_out),
            "suspended": list(self.suspended),
        }
