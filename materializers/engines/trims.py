"""Records which changes every sink has, as reported by deliveries; the next batch removes them."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(slots=True)
class _Recorded:
    """The first and last version of a view's changes that are not trimmed."""

    first: int
    last: int


class Trims:
    """By view the version up to which its changes can be removed; thread-safe. A view without
    changes costs nothing. `newest`: the version up to which there may be changes at the start."""

    def __init__(self, newest: int) -> None:
        self._newest = newest
        self._asked: dict[str, int] = {}
        self._recorded: dict[str, _Recorded | None] = {}
        self._lock = threading.Lock()

    def ask(self, view: str, version: int) -> None:
        """The changes up to that version are no longer needed."""
        with self._lock:
            recorded = self._recorded_of(view)
            if recorded is not None and version >= recorded.first:
                self._asked[view] = max(version, self._asked.get(view, -1))

    def recorded(self, view: str, version: int) -> None:
        """The view has changes of that version, the newest so far."""
        with self._lock:
            before = self._recorded_of(view)
            if before is None:
                self._recorded[view] = _Recorded(version, version)
            else:
                before.last = version

    def due(self) -> dict[str, int]:
        """By view the version to trim up to; only views that have such changes."""
        with self._lock:
            return dict(self._asked)

    def done(self, versions: dict[str, int]) -> None:
        """These were trimmed, durably."""
        with self._lock:
            for view, version in versions.items():
                if self._asked.get(view) == version:
                    del self._asked[view]
                recorded = self._recorded.get(view)
                if recorded is None:
                    continue
                if version >= recorded.last:
                    self._recorded[view] = None
                else:
                    recorded.first = version + 1

    def _recorded_of(self, view: str) -> _Recorded | None:
        return self._recorded.setdefault(view, _Recorded(-1, self._newest))

    def forget(self, view: str) -> None:
        """Forget a view whose build was replaced."""
        with self._lock:
            self._asked.pop(view, None)
            self._recorded.pop(view, None)
