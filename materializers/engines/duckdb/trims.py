"""Which changes every sink has, as deliveries tell; the next batch removes them."""

from __future__ import annotations

import threading


class Trims:
    """By view the version up to which its changes may go; safe in threads."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}
        self._lock = threading.Lock()

    def ask(self, view: str, version: int) -> None:
        """The changes up to that version are needed no longer."""
        with self._lock:
            self._versions[view] = max(version, self._versions.get(view, -1))

    def take(self) -> dict[str, int]:
        """All that was asked since the last call."""
        with self._lock:
            versions, self._versions = self._versions, {}
        return versions

    def forget(self, view: str) -> None:
        """What was asked was meant for another build of the view."""
        with self._lock:
            self._versions.pop(view, None)
