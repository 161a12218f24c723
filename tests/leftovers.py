"""Ends what a test has started when the test ends, whatever its result.

A process that is left behind slows down later tests, and fails the one in which it is collected
instead of the one that started it; so does a thread that goes on.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from functools import partial

END_TIMEOUT_S = 60.0
_ends: list[Callable[[], object]] = []


def end_with_the_test(process: subprocess.Popen[bytes]) -> None:
    """Have the process killed once the test is over, if it runs by then."""
    _ends.append(partial(_end, process))


def end_leftovers() -> None:
    """End what the test has started, the newest first."""
    while _ends:
        _ends.pop()()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


class Stoppable(threading.Thread):
    """A thread whose `run` looks again and again whether `stopping` is set."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()

    def start(self) -> None:
        _ends.append(self.end)
        super().start()

    def end(self) -> None:
        """Stop it and wait until it has ended; whatever it found is left where it is."""
        self.stopping.set()
        if self.ident is not None:  # it was started
            self.join(END_TIMEOUT_S)


class Background(Stoppable):
    """Runs `work`, which looks again and again whether the event it is given is set. End it before
    the test's database is dropped, for what it raises fails the test that comes next."""

    def __init__(self, work: Callable[[threading.Event], None]) -> None:
        super().__init__()
        self._work = work

    def run(self) -> None:
        self._work(self.stopping)
