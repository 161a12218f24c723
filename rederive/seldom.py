"""Limits log messages that repeat many times a second."""

from __future__ import annotations

import logging
import time

from cdc.errors import kind_of

INTERVAL_S = 60.0
KAFKA = "rederive.kafka"


class Seldom(logging.Filter):
    """Lets each message of librdkafka pass once in INTERVAL_S: it repeats them many times a second
    while a broker is away."""

    def __init__(self) -> None:
        super().__init__()
        self._logged_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != KAFKA:
            return True
        kind = kind_of(record.getMessage())
        is_due = time.monotonic() - self._logged_at.get(kind, -INTERVAL_S) >= INTERVAL_S
        if is_due:
            self._logged_at[kind] = time.monotonic()
        return is_due
