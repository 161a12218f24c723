"""A long copy is committed in parts: the cut after them comes when it is exact."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from cdc.contract.cut import Cut
from cdc.readings import Phase
from tests.capture.items import table_rows, topic_rows
from tests.capture.running import RunningCapture

ITEMS = "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)"
FILL = "INSERT INTO items SELECT i, i FROM generate_series(1, 100) AS i"
REWRITE = "ALTER TABLE items ALTER n TYPE int USING n * 2"
TURNS = 100


@pytest.fixture
def rewritten(capture: RunningCapture) -> RunningCapture:
    """A capture that is stopped, of a table to be refilled; every ten rows are a part."""
    capture.execute(ITEMS, FILL)
    with capture:
        capture.catch_up()
    capture.execute(REWRITE)
    return capture.with_settings(transaction_rows_max=1)


def exact_cuts(capture: RunningCapture) -> list[Cut]:
    return [cut for cut in capture.cuts() if cut.snapshot is None]


def has_read(capture: RunningCapture) -> bool:
    """Everything is copied, and waits for a cut."""
    return any(reading.phase is Phase.COMMITS for reading in capture.progress[-1].readings)


@contextmanager
def stopped_walsender(capture: RunningCapture) -> Iterator[None]:
    """No log arrives inside the block."""
    pid = capture.one(
        "SELECT active_pid FROM pg_replication_slots"
        f" WHERE slot_name = '{capture.source.slot_name}'"
    )
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_cut_behind_a_part_awaits_no_heartbeat(rewritten: RunningCapture) -> None:
    """The part was all there was to write."""
    capture = rewritten.with_settings(heartbeat_interval_s=1_000)
    before = len(exact_cuts(capture))
    with capture:
        capture.wait_for(lambda: len(exact_cuts(capture)) > before)
    cuts = capture.cuts()
    assert cuts[-2].snapshot is not None and cuts[-2].snapshot.is_refill
    assert topic_rows(capture, "items") == table_rows(capture, "items")


def test_no_heartbeat_comes_before_the_place_that_was_read(
    rewritten: RunningCapture, caplog: pytest.LogCaptureFixture
) -> None:
    """The copy has a transaction that the stream has not sent yet."""
    capture = rewritten.with_settings(heartbeat_interval_s=0.01)
    with psycopg.connect(str(capture.source.dsn)) as writer:
        writer.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
        with capture:
            capture.wait_for(lambda: "is to be read, and is locked" in caplog.text)
            before = len(exact_cuts(capture))
            with stopped_walsender(capture):
                writer.execute("UPDATE items SET n = n + 1")
                writer.commit()
                capture.wait_for(lambda: has_read(capture) or len(exact_cuts(capture)) > before)
                turns = len(capture.progress) + TURNS
                capture.wait_for(lambda: len(capture.progress) >= turns)
                assert len(exact_cuts(capture)) == before
            capture.wait_for(lambda: len(exact_cuts(capture)) > before)
    assert topic_rows(capture, "items") == table_rows(capture, "items")
