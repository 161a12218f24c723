"""How far apart batches begin.

Twice as far as the last one took, 80 ms at most: a small batch costs nearly as much as a larger
one, and the servers on the same machine get the other half of the processor, so that every sink
shows a change sooner.
"""

from __future__ import annotations

import threading
import time

INTERVAL_MAX_S = 0.08


class Pace:
    """`began`: when the batch at hand began."""

    def __init__(self) -> None:
        self._began = self._due = 0.0

    def wait(self, stopping: threading.Event) -> None:
        """Return once the next batch is due, or the process stops."""
        stopping.wait(max(0.0, self._due - time.monotonic()))

    def begin(self) -> None:
        """A batch begins."""
        self._began = time.monotonic()

    def end(self) -> None:
        """It was applied."""
        took = time.monotonic() - self._began
        self._due = self._began + min(2 * took, INTERVAL_MAX_S)
