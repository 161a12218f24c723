"""A commit that is in the log but invisible to other sessions, for as long as a test wants.

It waits for a synchronous standby that does not exist, until the wait is cancelled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

TIMEOUT_S = 60.0


@contextmanager
def absent_standby(dsn: str) -> Iterator[None]:
    """Commits of new sessions with `synchronous_commit = on` wait for a standby that does not
    exist; sessions of this database have it off unless they say otherwise."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("SET synchronous_commit = local")
        database = f'"{admin.info.dbname}"'
        admin.execute(f"ALTER DATABASE {database} SET synchronous_commit = local".encode())
        admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        admin.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
            admin.execute("SELECT pg_reload_conf()")


@contextmanager
def held_commit(dsn: str, slot: str, statements: Sequence[str]) -> Iterator[None]:
    """Run the statements in one transaction and commit it: within the block its commit has been
    sent to the reader of the slot and nobody sees it; afterwards everybody does."""
    with psycopg.connect(dsn) as writer, psycopg.connect(dsn, autocommit=True) as other:
        writer.execute("SET SESSION synchronous_commit = on")
        writer.commit()
        for statement in statements:
            writer.execute(statement.encode())
        (xid,) = writer.execute("SELECT pg_current_xact_id()::text").fetchone() or ("",)
        pid = writer.info.backend_pid
        committing = threading.Thread(target=writer.commit)
        committing.start()
        try:
            _until(other, f"SELECT wait_event = 'SyncRep' FROM pg_stat_activity WHERE pid = {pid}")
            (place,) = other.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone() or ("",)
            _until(
                other,
                f"SELECT coalesce(bool_or(sent_lsn >= '{place}'), false) FROM pg_stat_replication"
                " AS r JOIN pg_replication_slots AS s ON s.active_pid = r.pid"
                f" WHERE s.slot_name = '{slot}'",
            )
            assert not _is(other, f"SELECT pg_visible_in_snapshot('{xid}', pg_current_snapshot())")
            yield
        finally:
            other.execute(f"SELECT pg_cancel_backend({pid})".encode())
            committing.join(TIMEOUT_S)


def _is(connection: psycopg.Connection, query: str) -> bool:
    row = connection.execute(query.encode()).fetchone()
    return row is not None and bool(row[0])


def _until(connection: psycopg.Connection, query: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not _is(connection, query):
        assert time.monotonic() < deadline, query
        time.sleep(0.02)
