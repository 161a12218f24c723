"""A PostgreSQL connection whose requests have a time limit.

libpq waits for an answer without limit. Where a proxy or a stopped server's kernel keeps the
connection alive, nothing ends that wait.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

ANSWER_TIMEOUT_S = 60.0

Result = TypeVar("Result")


class BoundedConnection(psycopg.Connection[Any]):
    """psycopg's connection. Where a request, or one block of a COPY, takes longer than
    `answer_timeout_s`, it raises psycopg.OperationalError and closes the connection."""

    answer_timeout_s = ANSWER_TIMEOUT_S

    def wait(self, gen: Generator[Any, Any, Result], *given: Any, **named: Any) -> Result:
        return super().wait(self._bounded(gen), *given, **named)

    def _bounded(self, gen: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
        """Passes on what psycopg's generator yields: what to wait for at the socket. Until the
        socket is ready, psycopg sends a false value every 0.1 s."""
        deadline = time.monotonic() + self.answer_timeout_s
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > deadline:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer within {self.answer_timeout_s:g} s")
                wanted = gen.send(ready)
        except StopIteration as ended:
            result: Result = ended.value
            return result
