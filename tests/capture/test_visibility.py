"""The log tells of a commit before other sessions see it: what is read because of it waits.

With a synchronous standby that never answers, that moment lasts until the wait is cancelled.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import psycopg
import pytest

from tests.capture.running import RunningCapture
from tests.capture.test_catalogue import expected, published, settle

LONG = "(SELECT string_agg(md5((i + {})::text), '') FROM generate_series(1, 4000) AS i)"
TABLE = "CREATE TABLE t (id int PRIMARY KEY, n int, big text)"
CHANGES = {
    "a long value and another": [
        f"UPDATE t SET big = {LONG.format(7)}", "UPDATE t SET n = n + 1",
    ],
    "a column with a default": [
        "ALTER TABLE t ADD b int DEFAULT 7", "UPDATE t SET n = n + 1",
    ],
    "a rewritten column": ["ALTER TABLE t ALTER n TYPE int USING n * 10", "UPDATE t SET big = 'x'"],
}  # fmt: skip


@pytest.fixture
def absent_standby(capture: RunningCapture) -> Iterator[None]:
    """Commits wait for a standby that does not exist, but for sessions that say otherwise."""
    capture.execute("SET synchronous_commit = local")
    capture.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    capture.execute("SELECT pg_reload_conf()")
    yield
    capture.execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")


@pytest.mark.usefixtures("absent_standby")
@pytest.mark.parametrize("statements", CHANGES.values(), ids=CHANGES)
def test_what_is_read_for_a_commit_waits_until_it_is_seen(
    capture: RunningCapture, statements: Sequence[str]
) -> None:
    capture.execute(
        TABLE, f"INSERT INTO t SELECT i, i, {LONG.format(1)} FROM generate_series(1, 3) i"
    )
    with capture:
        capture.catch_up()
        records = len(capture.records("t"))
        with psycopg.connect(str(capture.source.dsn)) as writer:
            pid = writer.info.backend_pid
            for statement in statements:
                writer.execute(statement.encode())
            (xid,) = writer.execute("SELECT pg_current_xact_id()::text").fetchone() or ("",)
            committing = threading.Thread(target=writer.commit)
            committing.start()
            capture.wait_for(lambda: _waits(capture, pid))
            place = capture.one("SELECT pg_current_wal_flush_lsn()::text")
            capture.wait_for(lambda: _is_sent(capture, place))
            is_seen = f"SELECT pg_visible_in_snapshot('{xid}'::xid8, pg_current_snapshot())"
            assert not capture.one(is_seen)
            assert len(capture.records("t")) == records
            capture.execute(f"SELECT pg_cancel_backend({pid})")
            committing.join()
        settle(capture)
    assert published(capture, "t") == expected(capture, "t")


def _waits(capture: RunningCapture, pid: int) -> bool:
    query = f"SELECT wait_event = 'SyncRep' FROM pg_stat_activity WHERE pid = {pid}"
    return bool(capture.one(query))


def _is_sent(capture: RunningCapture, place: str) -> bool:
    return bool(capture.one(
        f"SELECT coalesce(bool_or(sent_lsn >= '{place}'), false) FROM pg_stat_replication r"
        " JOIN pg_replication_slots s ON s.active_pid = r.pid"
        f" WHERE s.slot_name = '{capture.source.slot_name}'"
    ))  # fmt: skip
