"""The control socket of `materialize`, from its first moment on.

Before the pipeline is open, it answers `status` with "starting" and `storage` with nothing; other
requests wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cdc.control import ControlServer, Handler
from materializers.control.state_lock import MATERIALIZE
from materializers.errors import StateError

STARTING = "starting"


class Reception:
    """Answers in threads of its own until closed. `doing`: what the start waits for."""

    def __init__(self, state: Path, on_waiting: Callable[[str], None] = lambda doing: None) -> None:
        self.doing = "opens the state"
        self._on_waiting = on_waiting
        self._moved = threading.Condition()
        self._handler: Handler | None = None
        self._is_closed = False
        self._server = ControlServer(state, MATERIALIZE, self._answer)

    def waits(self, doing: str) -> None:
        """Note what the start waits for."""
        self.doing = doing
        self._on_waiting(doing)

    def open(self, handler: Handler) -> None:
        """Let the open pipeline answer from now on."""
        with self._moved:
            self._handler = handler
            self._moved.notify_all()

    def close(self) -> None:
        """Stop answering."""
        with self._moved:
            self._is_closed = True
            self._moved.notify_all()
        self._server.close()

    def _answer(self, request: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        at_once: dict[str, Callable[[], dict[str, Any]]] = {"status": self._status, "storage": dict}
        if self._handler is None and request["command"] in at_once:
            return [at_once[request["command"]]()]
        return self._once_open(request)

    def _once_open(self, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        with self._moved:
            self._moved.wait_for(lambda: self._handler is not None or self._is_closed)
        if self._handler is None:
            raise StateError("Materialize ended before it was open.", fix="see its log")
        yield from self._handler(request)

    def _status(self) -> dict[str, Any]:
        return {
            "phase": STARTING, "doing": self.doing, "cut": None, "newest": None, "lag_s": None,
            "views": [], "edits": [], "kafka": None, "rows_read": 0, "rows_to_read": 0,
        }  # fmt: skip
