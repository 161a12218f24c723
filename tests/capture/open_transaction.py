"""Another session's transaction, open during the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.capture.running import RunningCapture


@contextmanager
def open_transaction(capture: RunningCapture, *statements: str) -> Iterator[psycopg.Connection]:
    """A session that has executed these in a transaction; committed at the end."""
    with psycopg.connect(str(capture.source.dsn)) as session:
        for statement in statements:
            session.execute(statement.encode())
        yield session
