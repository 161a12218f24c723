"""What other threads ask of the one that writes: queued, and done between two batches."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from materializers.errors import StateError

POLL_S = 1.0


class Requests:
    """`stopping`: set when nothing more will be done. Any: an action may return anything."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._waiting: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = (
            queue.SimpleQueue()
        )

    def ask(self, action: Callable[[], Any]) -> Any:
        """Have it done and return what it returns, or raise what it raises; StateError where the
        process stops before."""
        future: Future[Any] = Future()
        self._waiting.put((action, future))
        while True:
            try:
                return future.result(timeout=POLL_S)
            except TimeoutError:
                if self._stopping.is_set():
                    raise _stopped() from None

    def do_all(self) -> None:
        """Called by the thread that writes."""
        while not self._waiting.empty():
            action, future = self._waiting.get()
            try:
                future.set_result(action())
            except Exception as error:  # the asker's thread raises it
                future.set_exception(error)

    def refuse_all(self) -> None:
        """Nothing more will be done."""
        while not self._waiting.empty():
            self._waiting.get()[1].set_exception(_stopped())


def _stopped() -> StateError:
    return StateError("The materialize process is stopping.")
