"""Kills while views are handed over, and what a power cut leaves of the row engine's log."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from tests.crash.bank import Processes

ENGINES = {
    "duckdb": "",
    "auto": 'engine = "auto"\n',
    "compared": 'engine = "auto"\ncheck_engines = true\n',
}
"""The lines of `[pipeline]` for each choice of `--crash-engine`."""
WAIT_S = 8.0
MOST_S = 1.5
"""About as long as a hand-over takes."""


def await_hand_over(state: Path, rng: random.Random) -> bool:
    """Wait for one to begin, and for some part of it; False where none does in time."""
    deadline = time.monotonic() + WAIT_S
    while not any(state.glob("hand-over*")):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    time.sleep(rng.uniform(0.0, MOST_S))
    return True


def lose_power(state: Path, rng: random.Random) -> bool:
    """Remove the end of the row engine's log, which need not have been on the disk."""
    log = state / "pipeline.rows-wal"
    if not log.exists() or not log.stat().st_size:
        return False
    os.truncate(log, rng.randrange(log.stat().st_size))
    return True


def await_rows(processes: Processes) -> None:
    """Wait until views have been handed over to the row engine."""
    deadline = time.monotonic() + 60
    log = processes.project / "materialize.log"
    while "row by row after" not in log.read_text():
        assert time.monotonic() < deadline, processes.tail("materialize")
        time.sleep(0.2)
