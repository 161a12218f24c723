"""Requests of other threads to a working thread, queued until it carries them out."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from cdc.errors import RederiveError

POLL_S = 1.0


class Requests:
    """A queue of actions. `process`: its name in messages; `stopping`: set when nothing more will
    be done."""

    def __init__(self, process: str, stopping: threading.Event) -> None:
        self._process, self._stopping = process, stopping
        self._waiting: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = (
            queue.SimpleQueue()
        )

    def ask(self, action: Callable[[], Any]) -> Any:
        """Have the action done; returns its result or raises its error. Raises RederiveError where
        the process stops first."""
        future = self.put(action)
        while True:
            try:
                return future.result(timeout=POLL_S)
            except TimeoutError:
                if self._stopping.is_set():
                    raise self._stopped() from None

    def put(self, action: Callable[[], Any]) -> Future[Any]:
        """Queue the action. If the future is cancelled in time, it is not done."""
        future: Future[Any] = Future()
        self._waiting.put((action, future))
        return future

    def do_all(self) -> None:
        """Do all queued actions; called by the working thread."""
        while not self._waiting.empty():
            action, future = self._waiting.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(action())
            except Exception as error:  # raised in the client's thread
                future.set_exception(error)

    def refuse_all(self) -> None:
        """Fail all queued actions: nothing more will be done."""
        while not self._waiting.empty():
            future = self._waiting.get()[1]
            if future.set_running_or_notify_cancel():
                future.set_exception(self._stopped())

    def _stopped(self) -> RederiveError:
        return RederiveError(f"The {self._process} process is stopping.")
