"""Logs the failures of something retried: each kind once, and the end."""

from __future__ import annotations

import logging
import time

from cdc.errors import RederiveError


class Trouble:
    """`what` names the thing in messages (`sink orders`), `fields` in JSON logs. `failures`: the
    number of failed tries in all."""

    def __init__(self, log: logging.Logger, what: str, **fields: str) -> None:
        self._log, self._what, self._fields = log, what, fields
        self._logged: set[str] = set()
        self._tries, self._since = 0, 0.0
        self.failures = 0

    def __bool__(self) -> bool:
        """Whether the last try failed."""
        return self._tries > 0

    def say(self, error: RederiveError, *, is_passing: bool) -> None:
        """A try failed: log it, unless its kind was logged already."""
        self._since = self._since or time.monotonic()
        self._tries += 1
        self.failures += 1
        if error.kind in self._logged:
            return
        self._logged.add(error.kind)
        level = logging.WARNING if is_passing else logging.ERROR
        fix = f" Fix: {error.fix}" if error.fix else ""
        self._log.log(
            level, "%s: %s It is tried again until it goes.%s", self._what, error.logged, fix,
            extra={"event": "trouble", **self._fields, "fix": error.fix},
        )  # fmt: skip

    def end(self) -> None:
        """A try succeeded: log that, if one failed before."""
        if not self._tries:
            return
        elapsed_s = time.monotonic() - self._since
        self._log.info(
            "%s: goes on after %.1f s and %d tries that failed", self._what, elapsed_s, self._tries,
            extra={"event": "recovered", **self._fields, "elapsed_s": round(elapsed_s, 1)},
        )  # fmt: skip
        self._logged, self._tries, self._since = set(), 0, 0.0
