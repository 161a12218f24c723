"""The status gathered last: wanted by many, gathered by one at a time.

Gathering asks every server, which takes seconds where one hangs. A caller waits a limited time;
if that is not enough, it gets the last status, unless that is too old.
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
class Gathered:
    """A status, and when its gathering began, by the monotonic clock."""

    status: Status
    at: float

    @property
    def age_s(self) -> float:
        return time.monotonic() - self.at


class Latest:
    """The newest status; `gather` may take any time."""

    def __init__(self, gather: Callable[[], Status]) -> None:
        self._gather = gather
        self._changed = threading.Condition()
        self._is_gathering = False
        self._newest: Gathered | None = None
        self._error = ""

    def get(self, age_max_s: float, wait_s: float, old_s: float = inf) -> Gathered | None:
        """A status begun at most `age_max_s` ago or since, if available within `wait_s`; else the
        last one. None where that is older than `old_s`, there is none, or gathering failed."""
        now = time.monotonic()
        deadline, since = now + wait_s, now - age_max_s
        with self._changed:
            while self._newest is None or self._newest.at < since:
                if not self._is_gathering:
                    self._is_gathering = True
                    threading.Thread(target=self._run, name="status", daemon=True).start()
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    break
                if self._error:
                    return None
            newest = self._newest
            return newest if newest is None or newest.age_s <= old_s else None

    @property
    def error(self) -> str:
        """Why the last gathering failed, or ""."""
        return self._error

    def _run(self) -> None:
        newest, error = None, ""
        began = time.monotonic()
        try:
            newest = Gathered(self._gather(), began)
        except Exception as raised:  # reported by `error`
            error = as_rederive_error(raised).logged
        with self._changed:
            self._newest, self._error = newest or self._newest, error
            self._is_gathering = False
            self._changed.notify_all()
