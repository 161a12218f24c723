"""The log tells of a commit before other sessions see it: what is read because of it waits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.capture.running import RunningCapture
from tests.capture.test_catalogue import expected, published, settle
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
