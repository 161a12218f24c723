"""Where the source's log is now."""

from __future__ import annotations

from cdc.config import Source
from cdc.position import Lsn
from cdc.sources.postgres.connection import connect, source_errors


def current_position(source: Source) -> Lsn:
    """The position behind every transaction committed so far. Raises SourceError."""
    with connect(source) as connection, source_errors(source, "read the position of"):
        row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
    assert row is not None
    return Lsn.parse(str(row[0]))
