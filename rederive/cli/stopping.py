"""Stopping a command that runs until it is told to: SIGTERM, Ctrl-C, a terminal that is closed
(SIGHUP), or a closed standard input.

The first signal asks for a clean stop at a cut; the second ends the process at once, which is
safe too (every checkpoint is one transaction) but leaves the work of the present batch undone.
Either is said in the log.
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
    """Set when the process is to stop; `reason`: who asked for it, empty where nobody did."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = ""

    def ask(self, reason: str) -> None:
        """Stop, for this reason unless there was one before."""
        self.reason = self.reason or reason
        self.set()


def stop_on_signals() -> Stop:
    """An event that SIGTERM, Ctrl-C and SIGHUP set; call it in the main thread."""
    stop = Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        # A terminal that is closed sends its own more than once
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
    """Log that the process ends at once. The log may be what hangs, or be locked by the very call
    that the signal has interrupted: so it is written to from another thread, and not for long."""
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
    """Set the event when whoever started this process closes its standard input, or dies."""

    def watch() -> None:
        # Not sys.stdin: a thread that waits inside its lock makes the interpreter's end fail.
        while os.read(0, 4096):
            pass
        stop.ask("standard input was closed")

    threading.Thread(target=watch, name="stdin", daemon=True).start()
