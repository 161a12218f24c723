"""A transaction of another session, open while the test looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.capture.running import RunningCapture


@contextmanager
def open_transaction(capture: RunningCapture, *statements: str) -> Iterator[psycopg.Connection]:
    """A session in whose transaction these were done; committed at the end."""
    with psycopg.connect(str(capture.source.dsn)) as session:
        for statement in statements:
            session.execute(statement.encode())
        yield session
