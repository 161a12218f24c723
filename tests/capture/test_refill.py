"""Tables copied while the stream goes on: new ones, and those whose definition changed."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

import psycopg
import pytest

from tests.capture.items import FILL, ITEMS, table_rows, topic_rows
from tests.capture.open_transaction import open_transaction
from tests.capture.published import expected, published, settle
from tests.capture.running import RunningCapture

REWRITES = {
    "default": "ALTER TABLE items ADD COLUMN kind text NOT NULL DEFAULT 'plain'",
    "volatile default": "ALTER TABLE items ADD COLUMN at timestamptz DEFAULT clock_timestamp()",
    "renamed": "ALTER TABLE items RENAME COLUMN note TO remark",
    "type": "ALTER TABLE items ALTER COLUMN n TYPE numeric(10, 2) USING n / 4.0",
    "key": "ALTER TABLE items DROP CONSTRAINT items_pkey, ADD PRIMARY KEY (n)",
}


@pytest.mark.parametrize("change", REWRITES.values(), ids=REWRITES)
def test_rewritten_table_is_published_anew(capture: RunningCapture, change: str) -> None:
    capture.execute(ITEMS, FILL)
    with capture:
        capture.wait_until_following()
        capture.execute(
            change, "UPDATE items SET id = id WHERE id <= 2", "DELETE FROM items WHERE id = 9"
        )
        capture.catch_up()
    emptied = capture.schemas()["public.items"].emptied
    assert emptied is not None and sum(emptied.offsets) >= 3000
    names = [column.name for column in capture.schemas()["public.items"].columns]
    expected, found = table_rows(capture, "items"), topic_rows(capture, "items")
    assert [list(row) for row in found[:1]] == [names]
    if "at" in names:  # capture writes it with a T, str() without
        expected, found = ([{**row, "at": ""} for row in rows] for rows in (expected, found))
    assert found == expected


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE items ADD COLUMN extra int",
        "ALTER TABLE items DROP COLUMN note",
        "ALTER TABLE items ALTER COLUMN note SET STATISTICS 50",
        "VACUUM FULL items",
    ],
)
def test_rows_that_still_hold_are_not_written_again(capture: RunningCapture, change: str) -> None:
    capture.execute(ITEMS, FILL)
    with capture:
        capture.wait_until_following()
        capture.execute(change, "UPDATE items SET n = 0 WHERE id = 1")
        capture.catch_up()
    assert capture.schemas()["public.items"].emptied is None
    assert len(capture.records("items")) == 3001
    assert len(capture.schema_history()) >= 2


def test_definition_changes_while_capture_is_down(capture: RunningCapture) -> None:
    """The definition changes several times between the stream's position and the look."""
    capture.execute(ITEMS, FILL)
    with capture:
        capture.catch_up()
    capture.execute(
        "ALTER TABLE items ADD COLUMN a int NOT NULL DEFAULT 7",
        "UPDATE items SET a = 8 WHERE id <= 10",
        "ALTER TABLE items RENAME COLUMN a TO b",
        "DELETE FROM items WHERE id > 2990",
        "ALTER TABLE items DROP COLUMN note",
        "INSERT INTO items VALUES (5000, 1, 2)",
        "ALTER TABLE items ALTER COLUMN n TYPE text",
        "UPDATE items SET n = 'last' WHERE id = 11",
    )
    with capture:
        capture.catch_up()
    assert topic_rows(capture, "items") == table_rows(capture, "items")


def test_new_tables_join_a_running_capture(capture: RunningCapture) -> None:
    """A long transaction and others write to one of them without pause meanwhile."""
    capture.execute(ITEMS, FILL)
    with capture:
        capture.catch_up()
    capture.execute(
        "CREATE TABLE later (id int PRIMARY KEY, n int NOT NULL)",
        "INSERT INTO later SELECT i, 0 FROM generate_series(1, 5000) AS i",
    )
    stop = threading.Event()

    def write() -> None:
        with psycopg.connect(str(capture.source.dsn)) as connection:
            turn = 0
            while not stop.is_set():
                with connection.transaction():
                    connection.execute("UPDATE items SET n = -1 WHERE id = 1")
                    connection.execute(
                        "UPDATE later SET n = n + 1 WHERE id = %s", [turn % 5000 + 1]
                    )
                    connection.execute("INSERT INTO later VALUES (%s, 1)", [10_000 + turn])
                    stop.wait(0.01 if turn % 10 == 0 else 0)
                turn += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with capture:
            capture.wait_until_following()
            capture.wait_for(lambda: "public.later" in capture.schemas())
            stop.set()
            writer.join()
            capture.catch_up()
    finally:
        stop.set()
        writer.join()
    assert topic_rows(capture, "later") == table_rows(capture, "later")
    assert topic_rows(capture, "items") == table_rows(capture, "items")


def test_table_taken_out_and_put_back(capture: RunningCapture) -> None:
    capture.execute(ITEMS, FILL, "CREATE TABLE other (id int PRIMARY KEY)")
    with capture:
        capture.catch_up()
    with capture.with_settings(tables=("public.other",)):
        capture.wait_until_following()
        capture.execute("DELETE FROM items WHERE id > 5", "INSERT INTO other VALUES (1)")
        capture.catch_up()
    assert set(capture.schemas()) == {"public.other"}
    with capture.with_settings(tables=("public.*",)):
        capture.catch_up()
    assert topic_rows(capture, "items") == table_rows(capture, "items")
    assert len(capture.rows("other")) == 1


def test_a_long_copy_is_committed_in_parts(capture: RunningCapture) -> None:
    """Each part's cut says that a copy is under way, so that readers wait for the one after it;
    changes go on meanwhile."""
    capture.execute(ITEMS, FILL, "CREATE TABLE other (id int PRIMARY KEY)")
    with capture.with_settings(transaction_rows_max=20):
        capture.catch_up()
        capture.execute("ALTER TABLE items ALTER n TYPE int USING n * 2")
        capture.execute(*(f"INSERT INTO other VALUES ({i})" for i in range(300)))
        capture.execute("DELETE FROM items WHERE id > 2000")
        settle(capture)
    cuts = capture.cuts()
    parts = [cut for cut in cuts if cut.snapshot is not None and cut.snapshot.is_refill]
    assert len(parts) >= 2 and cuts[-1].snapshot is None
    assert all(part.snapshot.tables == ("public.items",) for part in parts if part.snapshot)
    assert topic_rows(capture, "items") == table_rows(capture, "items")
    assert len(capture.rows("other")) == 300


def test_an_interrupted_copy_is_begun_again(capture: RunningCapture) -> None:
    capture.execute(ITEMS, "INSERT INTO items SELECT i, i, 'x' FROM generate_series(1, 60000) AS i")
    with capture.with_settings(transaction_rows_max=100):
        capture.catch_up()
        capture.execute("ALTER TABLE items ALTER n TYPE int USING n * 2")
        capture.wait_for(lambda: _has_part(capture))
    assert _has_part(capture), "the copy was over before it could be interrupted"
    capture.execute("DELETE FROM items WHERE id > 50000")
    with capture:
        settle(capture)
    assert topic_rows(capture, "items") == table_rows(capture, "items")


def _has_part(capture: RunningCapture) -> bool:
    snapshot = capture.cuts()[-1].snapshot
    return snapshot is not None and snapshot.is_refill


PATIENCE_S = 3


def test_a_copy_outlasts_the_walsenders_patience(
    capture: RunningCapture, caplog: pytest.LogCaptureFixture
) -> None:
    """The server ends a stream whose reader is silent for wal_sender_timeout: capture sends replies
    while it waits for a lock and while it copies."""
    capture.execute(
        "CREATE TYPE mood AS ENUM ('bad', 'good')",
        "CREATE TABLE items (id int PRIMARY KEY, m mood)",
        "INSERT INTO items SELECT i, 'bad' FROM generate_series(1, 100000) AS i",
    )
    impatient = type(capture.source.dsn)(
        f"{capture.source.dsn}?options=-c%20wal_sender_timeout%3D{PATIENCE_S}s"
    )
    with capture.with_settings(dsn=impatient):
        capture.catch_up()
        began = _walsender(capture)
        with open_transaction(capture, "LOCK TABLE items IN ACCESS EXCLUSIVE MODE"):
            capture.execute("ALTER TYPE mood RENAME VALUE 'bad' TO 'poor'")
            capture.wait_for(lambda: "Table public.items is to be read, and is" in caplog.text)
            since = capture.one("SELECT clock_timestamp()")
            capture.wait_for(
                lambda: _heard_of(capture, began) > since + timedelta(seconds=PATIENCE_S)
            )
            told = len(capture.progress)
        settle(capture)
        assert _walsender(capture) == began
    copying = [p for p in capture.progress[told:] if p.tables_due]
    assert len(copying) > 10, "capture lets nothing else happen while it reads rows"
    assert topic_rows(capture, "items") == table_rows(capture, "items")


def _heard_of(capture: RunningCapture, walsender: object) -> datetime:
    """When the walsender last got a reply of capture."""
    query = f"SELECT max(reply_time) FROM pg_stat_replication WHERE pid = {walsender}"
    found: datetime | None = capture.one(query)
    assert found is not None, "the server has ended the stream"
    return found


def _walsender(capture: RunningCapture) -> object:
    """The pid of the stream's walsender."""
    return capture.one(
        "SELECT active_pid FROM pg_replication_slots"
        f" WHERE slot_name = '{capture.source.slot_name}'"
    )


ONCE = {
    "a column": ["ALTER TABLE t ADD w int DEFAULT 5"],
    "recreated": ["DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, v int)"],
    "a name": ["ALTER TABLE t RENAME v TO w"],
    "the key's name, under FULL": [
        "ALTER TABLE t REPLICA IDENTITY FULL",
        "UPDATE t SET v = 3",
        "ALTER TABLE t RENAME id TO number",
    ],
}


@pytest.mark.parametrize("statements", ONCE.values(), ids=ONCE)
def test_what_the_log_said_of_a_table_before_is_no_reason_to_read_it_again(
    capture: RunningCapture, caplog: pytest.LogCaptureFixture, statements: list[str]
) -> None:
    caplog.set_level(logging.INFO, "rederive.capture")
    capture.execute("CREATE TABLE t (id int PRIMARY KEY, v int)",
                    "CREATE TABLE other (id int PRIMARY KEY)")  # fmt: skip
    with capture:
        capture.catch_up()
        capture.execute("INSERT INTO t VALUES (1, 1)")
        capture.catch_up()
        capture.execute(*statements)
        settle(capture)
        for row in range(5):
            capture.execute(f"INSERT INTO other VALUES ({row})")
            settle(capture)
        assert caplog.text.count("rows were read") == 1, caplog.text
        capture.execute("INSERT INTO t VALUES (2, 2)")
        settle(capture)
    assert published(capture, "t") == expected(capture, "t")


def test_a_column_of_a_former_ones_name(capture: RunningCapture) -> None:
    """The former column's removal is seen first: records have its values."""
    capture.execute("CREATE TABLE t (id int PRIMARY KEY, v int)", "INSERT INTO t VALUES (1, 10)")
    with capture:
        capture.catch_up()
        capture.execute("ALTER TABLE t DROP v")
        settle(capture)
        capture.execute("ALTER TABLE t ADD v int")
        settle(capture)
    assert published(capture, "t") == expected(capture, "t") == [{"id": "1", "v": "None"}]
