"""A thread for work that calls C libraries, watched by the thread that asked for it.

A call into librdkafka or libpq may hang for minutes where a server does, and Python handles no
signal in a thread that sits in one. So the work runs beside: the caller's thread stays free, sees
`stop`, and leaves work behind that shows no life. That is harmless: whatever is half done is part
of no committed transaction, as after a kill.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

CAPTURING = "capture"
"""What the thread's name begins with."""
LOOK_S = 0.1
HUNG_S = 1.5
"""Work that has not beaten for so long once `stop` is set is left behind."""


class Worker:
    """Runs `work`, which calls `beat` now and then for as long as it is alive, in a thread of that
    name."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._work = work
        self._beaten_at = time.monotonic()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def beat(self) -> None:
        self._beaten_at = time.monotonic()

    @property
    def silent_s(self) -> float:
        """How long ago the last beat was."""
        return time.monotonic() - self._beaten_at

    def run(self, stop: threading.Event, look: Callable[[], None]) -> bool:
        """True once the work has ended, False where it hung and was left behind.

        Raises what the work raised. `look` is called many times a second meanwhile."""
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
