"""When the loop of a process moved last."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pulse:
    """Beaten by the loop, looked at by any thread. Before the first beat the process starts, which
    counts as moving: what it waits for is told by its status."""

    def __init__(self) -> None:
        self._beaten_at: float | None = None
        self._followed: Callable[[], float] | None = None

    def beat(self) -> None:
        self._beaten_at = time.monotonic()

    def follow(self, silent_s: Callable[[], float]) -> None:
        """The loop itself knows for how long it has been silent."""
        self._followed = silent_s

    def silent_s(self) -> float:
        """How long ago the loop moved."""
        if self._followed is not None:
            return self._followed()
        return 0.0 if self._beaten_at is None else time.monotonic() - self._beaten_at
