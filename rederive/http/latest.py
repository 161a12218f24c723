"""The status as gathered last: asked for by many, gathered by one at a time.

Gathering asks every server, which takes seconds where one hangs. Whoever asks here waits a bounded
time, and gets what was found last where that is not enough and it is not old.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from cdc.unexpected import as_rederive_error
from rederive.status.record import Status


@dataclass(frozen=True, slots=True)
class Found:
    """A status, and when it was found, by the monotonic clock."""

    status: Status
    at: float

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.at


class Latest:
    """`gather` takes as long as it takes."""

    def __init__(self, gather: Callable[[], Status]) -> None:
        self._gather = gather
        self._changed = threading.Condition()
        self._is_gathering = False
        self._found: Found | None = None
        self._error = ""

    def get(self, age_max_s: float, wait_s: float, old_s: float = inf) -> Found | None:
        """One that was begun at most `age_max_s` ago, or since, if it can be had within `wait_s`,
        else the last one; None where that is older than `old_s`, there was none yet, or the last
        gathering failed."""
        now = time.monotonic()
        deadline, since = now + wait_s, now - age_max_s
        with self._changed:
            while self._found is None or self._found.at < since:
                if not self._is_gathering:
                    self._is_gathering = True
                    threading.Thread(target=self._run, name="status", daemon=True).start()
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    break
                if self._error:
                    return None
            found = self._found
            return found if found is None or found.age_s <= old_s else None

    @property
    def error(self) -> str:
        """Why the last gathering failed, empty where it did not."""
        return self._error

    def _run(self) -> None:
        found, error = None, ""
        began = time.monotonic()
        try:
            found = Found(self._gather(), began)
        except Exception as raised:  # whoever asks is told
            error = as_rederive_error(raised).logged
        with self._changed:
            self._found, self._error = found or self._found, error
            self._is_gathering = False
            self._changed.notify_all()
