"""Processes with a twentieth of a processor: stopped and continued many times a second, as by
cpulimit. It needs no rights and no load on the machine."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

RUN_S, REST_S = 0.01, 0.19


@contextmanager
def starved(processes: Callable[[], Sequence[int]]) -> Iterator[None]:
    """Starve those processes for the block. The list is asked again each time, because a server
    starts others."""
    is_over = threading.Event()

    def starve() -> None:
        while not is_over.is_set():
            with suppress(OSError):  # it has ended meanwhile
                found = processes()
                _signal(found, signal.SIGSTOP)
                is_over.wait(REST_S)
                _signal(reversed(found), signal.SIGCONT)
            is_over.wait(RUN_S)

    thread = threading.Thread(target=starve, name="starve", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _signal(processes: Iterable[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)
