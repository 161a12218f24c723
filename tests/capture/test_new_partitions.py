"""A new partition is copied alone, whatever was written to it before the look, if it certainly has
been a partition, with all its rows, ever since."""

from __future__ import annotations

import logging

import pytest

from tests.capture.march import ATTACH, DETACH, FEWER, FILL, LIKE_SALES, OF_MARCH, at_once
from tests.capture.published import MONTHS, expected, published, settle
from tests.capture.running import RunningCapture

MADE = {
    "made, filled": (OF_MARCH, FILL),
    "made and filled at once": (at_once(OF_MARCH, FILL),),
    "made and filled in a subtransaction": (
        at_once("BEGIN", "SAVEPOINT a", OF_MARCH, "RELEASE a", FILL, "COMMIT"),
    ),
    "made, attached at once, filled": (at_once(LIKE_SALES, ATTACH), FILL),
    "attached with rows": (
        LIKE_SALES, "INSERT INTO sales_3 VALUES (1, '2026-03-02', 1)", ATTACH
    ),
    "of two levels": (
        f"{OF_MARCH} PARTITION BY RANGE (id)",
        "CREATE TABLE deep PARTITION OF sales_3 FOR VALUES FROM (0) TO (2000)", FILL,
    ),
}  # fmt: skip


@pytest.mark.parametrize("changes", MADE.values(), ids=MADE)
def test_a_new_partition_is_read_alone(
    capture: RunningCapture, changes: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    capture.execute(MONTHS)
    with capture:
        settle(capture)
    capture.execute(*changes)
    with capture:
        settle(capture)
    assert published(capture, "sales") == expected(capture, "sales")
    assert "it is refilled" not in caplog.text


def test_a_partition_that_comes_and_goes_again_and_again(capture: RunningCapture) -> None:
    """Whatever a look sees of it; each round ends long before the next look."""
    capture.execute(MONTHS, LIKE_SALES)
    with capture.with_settings(ddl="poll"):
        settle(capture)
        for turn in range(5):
            row = f"({5_000 + turn}, '2026-03-02', 0)"
            capture.execute(
                ATTACH, f"INSERT INTO sales VALUES {row}", DETACH,
                "DELETE FROM sales_3", "UPDATE sales SET n = n + 1 WHERE id < 5",
            )  # fmt: skip
        settle(capture)
        assert published(capture, "sales") == expected(capture, "sales")


def test_an_older_server_is_made_to_learn_what_is_a_partition(
    older_capture: RunningCapture,
) -> None:
    """Before 15 a stream treats a table's rows as when it first met one."""
    capture = older_capture.with_settings(tables=("public.sales",))
    insert = "INSERT INTO {} VALUES ({}, '2026-03-02', 1)"
    capture.execute(MONTHS, LIKE_SALES)
    with capture:
        settle(capture)
        capture.execute(
            insert.format("sales_3", 1), "INSERT INTO sales VALUES (2, '2026-01-02', 1)"
        )
        capture.catch_up()
        rounds = (
            (ATTACH, insert.format("sales", 3)), (insert.format("sales", 4),),
            (DETACH, insert.format("sales_3", 5)), (insert.format("sales_3", 6), FEWER),
            (ATTACH, insert.format("sales", 7), DETACH), (insert.format("sales_3", 8),),
        )  # fmt: skip
        for statements in rounds:
            capture.execute(*statements)
            settle(capture)
            assert published(capture, "sales") == expected(capture, "sales"), statements
