"""The log has a commit before other sessions see it: reads that the commit requires wait."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest

from cdc.position import Lsn
from tests.capture.published import expected, published, settle
from tests.capture.running import RunningCapture
from tests.held_commit import absent_standby, held_commit

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


@pytest.mark.parametrize("statements", CHANGES.values(), ids=CHANGES)
def test_what_is_read_for_a_commit_waits_until_it_is_seen(
    capture: RunningCapture, statements: Sequence[str]
) -> None:
    capture.execute(
        TABLE, f"INSERT INTO t SELECT i, i, {LONG.format(1)} FROM generate_series(1, 3) i"
    )
    dsn = str(capture.source.dsn)
    with absent_standby(dsn), capture:
        capture.catch_up()
        records = len(capture.records("t"))
        with held_commit(dsn, capture.source.slot_name, statements):
            assert len(capture.records("t")) == records
        settle(capture)
    assert published(capture, "t") == expected(capture, "t")


NARROWED = {
    "to inserts": ["ALTER PUBLICATION {p} SET (publish = 'insert')"],
    "by a table": ["ALTER PUBLICATION {p} DROP TABLE t"],
    "by rows": ["ALTER PUBLICATION {p} SET TABLE t WHERE (id < 3), other"],
    "dropped": ["DROP PUBLICATION {p}"],
    "in a subtransaction": [
        "SAVEPOINT s", "ALTER PUBLICATION {p} SET (publish = 'insert')", "RELEASE SAVEPOINT s",
    ],
}  # fmt: skip
TABLES = (
    "SET synchronous_commit = local",
    "CREATE TABLE t (id int PRIMARY KEY, v int)",
    "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)",
    "CREATE TABLE other (id int PRIMARY KEY)",
)
LOST = ("UPDATE t SET v = 20 WHERE id = 2", "DELETE FROM t WHERE id = 3")


def exact(capture: RunningCapture) -> Lsn:
    """The position of the newest exact cut."""
    return max(cut.lsn for cut in capture.cuts() if cut.snapshot is None)


@pytest.mark.parametrize("statements", NARROWED.values(), ids=NARROWED)
def test_no_cut_passes_a_change_of_the_publication_that_nobody_sees(
    capture: RunningCapture, statements: Sequence[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    dsn, name = str(capture.source.dsn), f'"{capture.source.publication_name}"'
    capture.execute(*TABLES)
    with absent_standby(dsn), capture:
        capture.catch_up()
        changes = [statement.format(p=name) for statement in statements]
        with held_commit(dsn, capture.source.slot_name, changes):
            place = Lsn.parse(capture.one("SELECT pg_current_wal_flush_lsn()::text"))
            capture.execute(*LOST, "INSERT INTO other VALUES (1)")
            capture.wait_for(lambda: "no cut is written" in caplog.text or exact(capture) > place)
            assert exact(capture) <= place
        if "WHERE" in changes[-1]:
            assert "leaves out rows" in str(capture.ended())
            capture.execute(f"ALTER PUBLICATION {name} SET TABLE t, other")
            capture.__enter__()
        settle(capture)
    assert published(capture, "t") == expected(capture, "t")


def test_cuts_go_on_beside_a_change_of_the_publication_that_may_never_end(
    capture: RunningCapture,
) -> None:
    """Its session has not begun to commit, or has rolled its change back."""
    name = f'"{capture.source.publication_name}"'
    capture.execute(*TABLES)
    with capture, psycopg.connect(str(capture.source.dsn)) as writer:
        capture.catch_up()
        writer.execute(f"ALTER PUBLICATION {name} SET (publish = 'insert')".encode())
        capture.execute("UPDATE t SET v = 10 WHERE id = 1")
        assert capture.catch_up() <= exact(capture)
        assert published(capture, "t") == expected(capture, "t")
        writer.rollback()
        capture.execute("UPDATE t SET v = 11 WHERE id = 1")
        assert capture.catch_up() <= exact(capture)
        assert published(capture, "t") == expected(capture, "t")
        writer.execute(f"ALTER PUBLICATION {name} SET (publish = 'insert')".encode())
        capture.execute("UPDATE t SET v = 12 WHERE id = 1")
        assert capture.catch_up() <= exact(capture)
        writer.commit()
        capture.execute(*LOST)
        settle(capture)
    assert published(capture, "t") == expected(capture, "t")
