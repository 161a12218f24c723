"""The log lines of `materialize`'s loop: what it reads, its first load, Kafka away and back.
Deliveries, edits and rebuilds write their own."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection

from cdc.contract.cut import Cut
from cdc.listing import listed

log = logging.getLogger("rederive.materialize")


class Journal:
    """The journal of one pipeline. `turn` is called at each turn of the loop, and is cheap."""

    def __init__(self) -> None:
        self._load_began: float | None = None
        self._away_since = 0.0

    def reads(self, tables: Collection[str], cut: Cut | None) -> None:
        """Reading begins, after that cut or at the topics' beginning."""
        begin = f"cut {cut.lsn}" if cut is not None else "the beginning"
        log.info(
            "reads %d tables from %s: %s", len(tables), begin, listed(sorted(tables)),
            extra={"event": "reads", "cut": str(cut.lsn) if cut is not None else None},
        )  # fmt: skip
        if cut is None:
            self._load_began = time.monotonic()
            log.info("load begins", extra={"event": "load begins"})

    def turn(self, cut: Cut | None, rows: int, absence: str | None) -> None:
        """`rows`: read so far. `absence`: why Kafka does not answer, or None."""
        if self._load_began is not None and cut is not None:
            elapsed_s = time.monotonic() - self._load_began
            self._load_began = None
            log.info(
                "load ends: %d records in %.1f s, cut %s", rows, elapsed_s, cut.lsn,
                extra={"event": "load ends", "rows": rows, "cut": str(cut.lsn),
                       "elapsed_s": round(elapsed_s, 1)},
            )  # fmt: skip
        if bool(absence) == bool(self._away_since):
            return
        if absence:
            self._away_since = time.monotonic()
            log.warning("%s. It is waited for.", absence.rstrip("."), extra={"event": "trouble"})
        else:
            elapsed_s = time.monotonic() - self._away_since
            self._away_since = 0.0
            log.info(
                "Kafka answers again after %.1f s", elapsed_s,
                extra={"event": "recovered", "elapsed_s": round(elapsed_s, 1)},
            )  # fmt: skip
