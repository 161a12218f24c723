"""Stops a long-running command on SIGTERM, Ctrl-C, a closed terminal (SIGHUP) or a closed standard
input.

The first signal asks for a clean stop at a cut. The second one ends the process at once: that is
safe, as every checkpoint is one transaction, but loses the work of the present batch. Both are
logged.
"""

from __future__ import annotations

import _thread
import logging
import os
import signal
import threading
from types import FrameType

SAY_MAX_S = 1.0


class Stop(threading.Event):
    """Set when the process is to stop. `reason`: who asked for it, "" if nobody did."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = ""

    def ask(self, reason: str) -> None:
        """Stop. The first reason is kept."""
        self.reason = self.reason or reason
        self.set()


def stop_on_signals() -> Stop:
    """An event that SIGTERM, Ctrl-C and SIGHUP set. Call it in the main thread."""
    stop = Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        # A closed terminal sends SIGHUP more than once
        if stop.is_set() and number != signal.SIGHUP:
            _say_end(signal.Signals(number).name)
            os._exit(128 + number)
        stop.ask(signal.Signals(number).name)

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has set it
        signal.signal(signal.SIGHUP, handle)
    return stop


def _say_end(name: str) -> None:
    """Log that the process ends at once. The log may hang, or be locked by the call that the signal
    interrupted: so another thread writes to it, for at most SAY_MAX_S."""
    is_said = _thread.allocate_lock()
    is_said.acquire()

    def say() -> None:
        logging.getLogger("rederive").warning(
            "ends at once, by a second signal (%s): the next start does again what is not "
            "committed", name, extra={"event": "end", "reason": name},
        )  # fmt: skip
        is_said.release()

    # Not by threading, whose own lock may be held here.
    _thread.start_new_thread(say, ())
    is_said.acquire(timeout=SAY_MAX_S)


def stop_on_closed_stdin(stop: Stop) -> None:
    """Set the event when the process that started this one closes its standard input, or dies."""

    def watch() -> None:
        # Not sys.stdin: a thread waiting inside its lock makes the interpreter's shutdown fail.
        while os.read(0, 4096):
            pass
        stop.ask("standard input was closed")

    threading.Thread(target=watch, name="stdin", daemon=True).start()
