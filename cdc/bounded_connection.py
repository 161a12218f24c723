"""A connection to PostgreSQL on which nothing is waited for without an end.

libpq waits for an answer without limit, and where something keeps the connection alive (a proxy, a
stopped server's kernel) nothing ever ends that wait.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

ANSWER_TIMEOUT_S = 60.0

Result = TypeVar("Result")


class BoundedConnection(psycopg.Connection[Any]):
    """As psycopg's. `answer_timeout_s`: a request, or a part of one (a block of a COPY), that is
    not answered for so long raises psycopg.OperationalError, and the connection is closed."""

    answer_timeout_s = ANSWER_TIMEOUT_S

    def wait(self, gen: Generator[Any, Any, Result], *given: Any, **named: Any) -> Result:
        return super().wait(self._bounded(gen), *given, **named)

    def _bounded(self, gen: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
        """The requests of psycopg's generator for the socket to be ready. Where it is not, psycopg
        sends a false value every 0.1 s."""
        deadline = time.monotonic() + self.answer_timeout_s
        try:
            awaited = next(gen)
            while True:
                ready = yield awaited
                if not ready and time.monotonic() > deadline:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer within {self.answer_timeout_s:g} s")
                awaited = gen.send(ready)
        except StopIteration as ended:
            result: Result = ended.value
            return result
