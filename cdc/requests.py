"""What other threads ask of the one that does the work: queued, and done when that suits it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from cdc.errors import RederiveError

POLL_S = 1.0


class Requests:
    """`process` names the process in messages; `stopping`: set when nothing more will be done.
    Any: an action may return anything."""

    def __init__(self, process: str, stopping: threading.Event) -> None:
        self._process, self._stopping = process, stopping
        self._waiting: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = (
            queue.SimpleQueue()
        )

    def ask(self, action: Callable[[], Any]) -> Any:
        """Have it done and return what it returns, or raise what it raises; RederiveError where
        the process stops before."""
        future = self.put(action)
        while True:
            try:
                return future.result(timeout=POLL_S)
            except TimeoutError:
                if self._stopping.is_set():
                    raise self._stopped() from None

    def put(self, action: Callable[[], Any]) -> Future[Any]:
        """Have it done, without waiting. One that is cancelled before is not done."""
        future: Future[Any] = Future()
        self._waiting.put((action, future))
        return future

    def do_all(self) -> None:
        """Called by the thread that does the work."""
        while not self._waiting.empty():
            action, future = self._waiting.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(action())
            except Exception as error:  # the asker's thread raises it
                future.set_exception(error)

    def refuse_all(self) -> None:
        """Nothing more will be done."""
        while not self._waiting.empty():
            future = self._waiting.get()[1]
            if future.set_running_or_notify_cancel():
                future.set_exception(self._stopped())

    def _stopped(self) -> RederiveError:
        return RederiveError(f"The {self._process} process is stopping.")
