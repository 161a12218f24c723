"""What is logged many times a second, once in a while."""

from __future__ import annotations

import logging
import time

from cdc.errors import kind_of

INTERVAL_S = 60.0
KAFKA = "rederive.kafka"


class Seldom(logging.Filter):
    """Lets through what librdkafka says once in a while: it repeats itself many times a second
    where a broker is away."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != KAFKA:
            return True
        kind = kind_of(record.getMessage())
        is_due = time.monotonic() - self._said.get(kind, -INTERVAL_S) >= INTERVAL_S
        if is_due:
            self._said[kind] = time.monotonic()
        return is_due
