"""Two changes of the catalogue that undo each other before anybody has looked: what the log said
in between counts for nothing in the end."""

from __future__ import annotations

import pytest

from tests.capture.published import MONTHS, expected, published, settle
from tests.capture.running import RunningCapture

MOOD = (
    "CREATE TYPE mood AS ENUM ('bad', 'good')",
    "CREATE TABLE t (id int PRIMARY KEY, m mood)",
    "INSERT INTO t SELECT i, 'bad' FROM generate_series(1, 20) i",
)
MARCH = "FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')"
OF_MARCH = f"CREATE TABLE sales_3 PARTITION OF sales {MARCH}"
FILL = (
    "INSERT INTO sales SELECT i, date '2026-03-01' + i % 30, i FROM generate_series(1000, 1030) i"
)
UNDONE = {
    "attached, dropped": (
        "sales", (MONTHS,), ("CREATE TABLE sales_3 (LIKE sales INCLUDING ALL)",
        "INSERT INTO sales_3 VALUES (1, '2026-03-02', 1), (2, '2026-03-02', 2)",
        f"ALTER TABLE sales ATTACH PARTITION sales_3 {MARCH}",
        "UPDATE sales SET n = n + 1 WHERE id = 1", "DROP TABLE sales_3"),
    ),
    "made, detached": (
        "sales", (MONTHS,), (OF_MARCH, FILL, "ALTER TABLE sales DETACH PARTITION sales_3"),
    ),
    "made, detached, in one transaction": (
        "sales", (MONTHS,),
        ("; ".join((OF_MARCH, FILL, "ALTER TABLE sales DETACH PARTITION sales_3")),),
    ),
    "a label renamed, and renamed back": (
        "t", MOOD, ("ALTER TYPE mood RENAME VALUE 'bad' TO 'poor'",
        "UPDATE t SET m = 'poor' WHERE id < 5", "ALTER TYPE mood RENAME VALUE 'poor' TO 'bad'"),
    ),
    "a column renamed, and renamed back": (
        "t", MOOD, ("ALTER TABLE t RENAME m TO x", "UPDATE t SET x = 'good' WHERE id < 5",
        "ALTER TABLE t RENAME x TO m"),
    ),
    "renamed, and renamed back": (
        "t", MOOD, ("ALTER TABLE t RENAME TO u", "UPDATE u SET m = 'good' WHERE id < 5",
        "INSERT INTO u VALUES (99, 'good')", "ALTER TABLE u RENAME TO t"),
    ),
}  # fmt: skip


# Without event triggers nothing tells of a partition that came and went.
@pytest.mark.parametrize(
    ("ddl", "name"),
    [*(("events", name) for name in UNDONE), *(("poll", n) for n in UNDONE if "renamed" in n)],
)
def test_what_was_undone_while_capture_was_down_leaves_nothing(
    capture: RunningCapture, ddl: str, name: str
) -> None:
    table, before, changes = UNDONE[name]
    capture.execute(*before)
    with capture.with_settings(ddl=ddl):
        settle(capture)
    capture.execute(*changes)
    with capture:
        settle(capture)
    assert published(capture, table) == expected(capture, table)
