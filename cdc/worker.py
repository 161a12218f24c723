"""Runs work that calls C libraries in a thread of its own, which another thread watches.

A call into librdkafka or libpq may hang for minutes, and a thread inside one handles no signal. So
the caller's thread stays free: it sees `stop`, and abandons work that shows no life. That is safe:
unfinished work belongs to no committed transaction, as after a kill.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

CAPTURING = "capture"
"""The prefix of the thread's name."""
LOOK_S = 0.1
HUNG_S = 1.5
"""After `stop`, work that has not called `beat` for so long is abandoned."""


class Worker:
    """Runs `work` in a thread of that name. `work` must call `beat` regularly."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._work = work
        self._beaten_at = time.monotonic()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def beat(self) -> None:
        self._beaten_at = time.monotonic()

    @property
    def silent_s(self) -> float:
        """Seconds since the last beat."""
        return time.monotonic() - self._beaten_at

    def run(self, stop: threading.Event, look: Callable[[], None]) -> bool:
        """Wait for the end of the work, calling `look` every LOOK_S. True once it has ended, False
        where it hung and was abandoned. Raises what the work raised."""
        self._thread.start()
        stopped_at = 0.0
        while self._thread.is_alive():
            self._thread.join(LOOK_S)
            look()
            if not stop.is_set():
                continue
            now = time.monotonic()
            stopped_at = stopped_at or now
            if min(self.silent_s, now - stopped_at) > HUNG_S and self._thread.is_alive():
                return False
        if self._error is not None:
            raise self._error
        return True

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # raised in the caller's thread
            self._error = error
