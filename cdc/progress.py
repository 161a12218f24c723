"""How far capture is, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from cdc.position import Lsn

PROGRESS_INTERVAL_S = 0.25


@dataclass(frozen=True, slots=True)
class Progress:
    """`phase`: the snapshot or the stream. In the snapshot `rows_done` of about `rows_estimated`
    (the planner's figure, 0 where unknown) are published; in the stream `rows_done` counts the
    changes published by this process and `rows_estimated` is 0. `lsn` is the newest committed
    cut's; `lag_bytes` how much log lies between it and the source's end of log.
    `changes_per_second` is of the last interval. `catalogue_at`: up to this place of the log the
    tables' definitions are known; `tables_due`: those that await being published anew."""

    phase: Literal["snapshot", "stream"]
    rows_done: int
    rows_estimated: int
    lsn: Lsn
    lag_bytes: int
    changes_per_second: float
    catalogue_at: Lsn = field(default_factory=Lsn)
    tables_due: tuple[str, ...] = ()
