"""Requests to send refused rows again."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(slots=True)
class Retry:
    """One request. Once `is_done` is set, `refused` is the number refused again."""

    names: frozenset[bytes]
    refused: int = 0
    is_done: threading.Event = field(default_factory=threading.Event)


class Retries:
    """The open requests to one delivery. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Retry] = []

    def add(self, names: Collection[bytes]) -> Retry:
        retry = Retry(frozenset(names))
        with self._lock:
            self._waiting.append(retry)
        return retry

    def names(self) -> frozenset[bytes]:
        """The names of all letters to send."""
        with self._lock:
            return frozenset().union(*(retry.names for retry in self._waiting))

    def done(self, names: Collection[bytes], still_open: Collection[bytes]) -> None:
        """These were sent; `still_open`: those refused again."""
        with self._lock:
            done = [retry for retry in self._waiting if retry.names <= frozenset(names)]
            self._waiting = [retry for retry in self._waiting if retry not in done]
        for retry in done:
            retry.refused = len(retry.names & frozenset(still_open))
            retry.is_done.set()
