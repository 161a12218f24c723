"""Records when a process's loop last made progress."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pulse:
    """Beaten by the loop, read by any thread. Before the first beat the process is starting, which
    counts as progress: its status says what it waits for."""

    def __init__(self) -> None:
        self._beaten_at: float | None = None
        self._followed: Callable[[], float] | None = None

    def beat(self) -> None:
        self._beaten_at = time.monotonic()

    def follow(self, silent_s: Callable[[], float]) -> None:
        """Use the loop's own measure of its silence."""
        self._followed = silent_s

    def silent_s(self) -> float:
        """Seconds since the loop made progress."""
        if self._followed is not None:
            return self._followed()
        return 0.0 if self._beaten_at is None else time.monotonic() - self._beaten_at
