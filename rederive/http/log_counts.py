"""Counts the log records of each level."""

from __future__ import annotations

import logging

LEVELS = ("info", "warning", "error")


class LogCounts(logging.Handler):
    """A counting log handler; added to the root logger while a process works."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.by_level = dict.fromkeys(LEVELS, 0)

    def emit(self, record: logging.LogRecord) -> None:
        name = "error" if record.levelno >= logging.ERROR else record.levelname.lower()
        if name in self.by_level:
            self.by_level[name] += 1
