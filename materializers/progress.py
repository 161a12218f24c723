"""How far a pipeline is, for who watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cdc.contract.cut import Cut


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the pipeline stands: `phase` is `load` until the first cut, then `follow`; rows read
    so far, and out of how many while loading; the cut applied last."""

    phase: str
    rows: int
    rows_total: int
    cut: Cut | None


OnProgress = Callable[[Progress], None]
