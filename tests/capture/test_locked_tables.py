"""Tables whose definition somebody holds locked: everything else goes on, and nothing hangs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture.open_transaction import open_transaction
from tests.capture.own_server import OwnServer
from tests.capture.published import expected, published, settle
from tests.capture.running import RunningCapture

LONG = "(SELECT string_agg(md5((i + {})::text), '') FROM generate_series(1, 4000) AS i)"


def is_right(capture: RunningCapture, *tables: str) -> bool:
    return all(published(capture, table) == expected(capture, table) for table in tables)


def make_two(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TYPE mood AS ENUM ('bad', 'good')",
        "CREATE TABLE t (id int PRIMARY KEY, m mood); INSERT INTO t VALUES (1, 'bad')",
        "CREATE TABLE other (id int PRIMARY KEY, n int); INSERT INTO other VALUES (1, 1)",
    )


def test_an_alter_that_stays_open_holds_up_no_other_table(capture: RunningCapture) -> None:
    make_two(capture)
    with capture:
        capture.catch_up()
        with open_transaction(capture, "ALTER TABLE t ADD b int DEFAULT 7"):
            capture.execute("INSERT INTO other VALUES (2, 2)")
            settle(capture)
            assert is_right(capture, "other")
            # A table may be refilled meanwhile, and another one captured
            capture.execute(
                "ALTER TABLE other ADD c int DEFAULT 5",
                "CREATE TABLE late (id int PRIMARY KEY); INSERT INTO late VALUES (1)",
            )
            settle(capture)
            capture.wait_for(lambda: "public.late" in capture.schemas())
            assert is_right(capture, "other", "late")
        settle(capture)
        assert is_right(capture, "t", "other", "late")


def test_an_alter_that_stays_open_holds_up_no_start(capture: RunningCapture) -> None:
    make_two(capture)
    capture.execute(
        "CREATE TABLE parts (id int PRIMARY KEY, n int) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (9)",
        "CREATE TABLE long (id int PRIMARY KEY, big text)",
        f"INSERT INTO long SELECT 1, {LONG.format(1)}",
    )
    with capture:
        capture.catch_up()
    with open_transaction(
        capture, "ALTER TABLE t ADD b int DEFAULT 7", "UPDATE t SET b = 8",
        "ALTER TABLE long ALTER id TYPE bigint", "LOCK TABLE part IN ACCESS EXCLUSIVE MODE",
    ):  # fmt: skip
        capture.execute("INSERT INTO other VALUES (2, 2)")
        with capture:
            settle(capture)
            assert is_right(capture, "other")


def test_a_table_to_be_read_anew_is_locked(
    capture: RunningCapture, caplog: pytest.LogCaptureFixture
) -> None:
    """No cut is written until it is copied, and the log names the session that capture waits
    for."""
    make_two(capture)
    with capture:
        capture.catch_up()
        with open_transaction(capture, "LOCK TABLE t IN ACCESS EXCLUSIVE MODE") as session:
            capture.execute(
                "ALTER TYPE mood RENAME VALUE 'bad' TO 'poor'", "INSERT INTO other VALUES (2, 2)"
            )
            pid = session.info.backend_pid
            told = f"Table public.t is to be read, and is locked by process {pid}"
            capture.wait_for(lambda: told in caplog.text)
        settle(capture)
        assert is_right(capture, "t", "other")
        with open_transaction(capture, "LOCK TABLE t IN ACCESS EXCLUSIVE MODE"):
            capture.execute("ALTER TYPE mood RENAME VALUE 'poor' TO 'low'")
            capture.wait_for(lambda: caplog.text.count("is locked by process") == 2)
            capture.__exit__(None, None, None)  # it can be stopped
    with capture:
        settle(capture)
        assert is_right(capture, "t", "other")


@pytest.fixture
def preparing(tmp_path: Path, kafka_bootstrap: str, topic_prefix: str) -> Iterator[RunningCapture]:
    """A capture of a server with prepared transactions."""
    with OwnServer(tmp_path / "server") as server:
        server.configure(max_prepared_transactions="5")
        server.stop()
        server.start()
        made = RunningCapture(server.dsn, kafka_bootstrap, topic_prefix)
        yield made
        made.database.close()


def test_prepared_transactions(preparing: RunningCapture) -> None:
    capture = preparing
    capture.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int, big text)",
        "CREATE TABLE u (id int PRIMARY KEY, v int); INSERT INTO u VALUES (1, 1)",
        f"INSERT INTO t SELECT i, i, {LONG.format(1)} FROM generate_series(1, 3) i",
    )
    with capture:
        capture.catch_up()
        capture.execute(
            f"BEGIN; UPDATE t SET big = {LONG.format(9)} WHERE id < 3; UPDATE t SET n = n + 1;"
            " PREPARE TRANSACTION 'rows'",
            "BEGIN; ALTER TABLE u ALTER v TYPE int USING v * 10; INSERT INTO u VALUES (2, 2);"
            " PREPARE TRANSACTION 'definition'",
        )
        capture.execute("CREATE TABLE late (id int PRIMARY KEY); INSERT INTO late VALUES (1)")
        settle(capture)
        capture.wait_for(lambda: "public.late" in capture.schemas())
        before = [row["n"] for row in capture.rows("t").values()]
        assert sorted(before) == [1, 2, 3]
        capture.execute("COMMIT PREPARED 'rows'", "COMMIT PREPARED 'definition'")
        settle(capture)
        assert is_right(capture, "t", "u", "late")
        capture.execute(
            "BEGIN; ALTER TABLE u ADD w int DEFAULT 4; PREPARE TRANSACTION 'undone'",
            "ROLLBACK PREPARED 'undone'",
            "INSERT INTO u VALUES (3, 3)",
        )
        settle(capture)
        assert is_right(capture, "u")
