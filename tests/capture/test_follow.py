"""The stream: heartbeat, restart, acknowledgement, fencing, and transient failures."""

from __future__ import annotations

import time

import psycopg
import pytest

from cdc.broker import transactional_producer
from cdc.errors import FencedError, SourceError
from cdc.position import Lsn
from rederive.stack.stack import Stack
from tests.capture.running import RunningCapture

EVENTS = "CREATE TABLE events (id int PRIMARY KEY, n int)"


def test_idle_source_moves_the_cut_and_the_slot(capture: RunningCapture) -> None:
    capture.execute(EVENTS, "CREATE TABLE elsewhere (id int)")
    with capture.with_settings(tables=("public.events",)):
        capture.wait_until_following()
        before = capture.confirmed()
        capture.execute("INSERT INTO elsewhere SELECT generate_series(1, 5000)")
        lsn = capture.catch_up()
        capture.wait_for(lambda: capture.confirmed() >= lsn)
    assert capture.confirmed() > before
    capture.check_acknowledged(capture.confirmed())
    assert not capture.records("events")


def test_quiet_source_writes_few_cuts(capture: RunningCapture) -> None:
    capture.execute(EVENTS)
    with capture.with_settings(heartbeat_interval_s=60.0):
        capture.wait_until_following()
        before = len(capture.cuts())
        time.sleep(1.0)
        assert len(capture.cuts()) == before


def test_restart_goes_on_behind_the_cut(capture: RunningCapture) -> None:
    capture.execute(EVENTS)
    for start in (0, 100, 200):
        with capture:
            capture.wait_until_following()
            capture.execute(
                f"INSERT INTO events SELECT i, 0 FROM generate_series({start}, {start + 49}) i"
            )
            capture.catch_up()
        capture.execute(
            f"INSERT INTO events SELECT i, 1 FROM generate_series({start + 50}, {start + 99}) i"
        )
    with capture:
        capture.catch_up()
    ids = [record.key["id"] for record in capture.records("events")]
    assert sorted(ids) == list(range(300))
    cuts = [cut.lsn for cut in capture.cuts()]
    assert cuts == sorted(cuts)


def test_transaction_is_never_split_between_cuts(capture: RunningCapture) -> None:
    capture.execute(EVENTS)
    with capture.with_settings(transaction_rows_max=100):
        capture.wait_until_following()
        for batch in range(5):
            capture.execute(
                f"INSERT INTO events SELECT {batch * 10_000} + i, {batch}"
                " FROM generate_series(1, 3000) i"
            )
        capture.catch_up()
    topic = f"{capture.source.name}.public.events"
    commits = {
        (r.partition, r.offset): r.value["source"]["txId"] for r in capture.records("events")
    }
    for cut in capture.cuts():
        ends = cut.offsets[topic]
        inside = {xid for (part, offset), xid in commits.items() if offset < ends[part]}
        outside = {xid for (part, offset), xid in commits.items() if offset >= ends[part]}
        assert not inside & outside


def test_commit_lsn_tells_what_lies_inside_a_cut(capture: RunningCapture) -> None:
    capture.execute(EVENTS)
    with capture:
        capture.wait_until_following()
        for i in range(60):
            capture.execute(f"INSERT INTO events VALUES ({i}, 0)")
            time.sleep(0.003)
        capture.catch_up()
    topic, records = f"{capture.source.name}.public.events", capture.records("events")
    for cut in capture.cuts():
        by_offset = [r for r in records if r.offset < cut.offsets[topic][r.partition]]
        by_lsn = [r for r in records if r.value["source"]["commit_lsn"] < cut.lsn]
        assert by_offset == by_lsn


def test_second_writer_fences_the_first(capture: RunningCapture) -> None:
    capture.execute(EVENTS)
    with capture:
        capture.wait_until_following()
        transactional_producer(capture.kafka, capture.source.name).init_transactions(30)
        capture.execute("INSERT INTO events VALUES (1, 1)")
        assert isinstance(capture.ended(), FencedError)
    assert not capture.records("events")
    with capture:
        capture.catch_up()
    assert len(capture.records("events")) == 1


def test_second_capture_is_refused_while_the_first_runs(
    capture: RunningCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdc.sources.postgres.slot.slot.RELEASE_TIMEOUT_S", 1.0)
    capture.execute(EVENTS)
    second = RunningCapture(
        str(capture.source.dsn), capture.kafka.address, capture.source.name, "public.events"
    )
    with capture:
        capture.wait_until_following()
        with second:
            error = second.ended()
        assert isinstance(error, SourceError) and "is in use by process" in error.message
        capture.execute("INSERT INTO events VALUES (1, 1)")
        capture.catch_up()
    second.database.close()


def test_broken_connection_is_outlasted(capture: RunningCapture) -> None:
    capture.execute(EVENTS)
    with capture:
        capture.wait_until_following()
        for i in range(3):
            capture.execute(
                f"INSERT INTO events VALUES ({i}, 0)",
                "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                f" WHERE slot_name = '{capture.source.slot_name}'",
            )
        capture.catch_up()
    assert sorted(r.key["id"] for r in capture.records("events")) == [0, 1, 2]


def test_server_can_shut_down_while_capture_is_idle(capture: RunningCapture) -> None:
    """A walsender that shuts down asks for a reply and waits until all is acknowledged."""
    capture.execute(EVENTS, "CREATE TABLE elsewhere (id int)")
    with capture.with_settings(tables=("public.events",), heartbeat_interval_s=3600.0):
        capture.wait_until_following()
        capture.execute("INSERT INTO elsewhere VALUES (1)")
        capture.execute("ALTER SYSTEM SET wal_sender_timeout = '2s'", "SELECT pg_reload_conf()")
        try:
            lsn = capture.catch_up()
        finally:
            capture.execute("ALTER SYSTEM RESET wal_sender_timeout", "SELECT pg_reload_conf()")
    assert capture.cuts()[-1].lsn >= lsn > Lsn(0)


def test_untouched_columns_of_a_subtransaction(capture: RunningCapture) -> None:
    """A savepoint writes rows under a transaction id of its own."""
    capture.execute("CREATE TABLE notes (id int PRIMARY KEY, body text, n int)")
    capture.execute(
        "INSERT INTO notes SELECT 1, string_agg(md5(i::text), ''), 0 FROM generate_series(1, 400) i"
    )
    with capture:
        capture.wait_until_following()
        with psycopg.connect(str(capture.source.dsn)) as connection, connection.transaction():
            connection.execute("UPDATE notes SET n = 1")
            with connection.transaction():
                connection.execute("UPDATE notes SET n = 2")
        capture.catch_up()
    (row,) = capture.rows("notes").values()
    assert row["n"] == 2 and len(row["body"]) == 12_800


def test_broker_restart_is_outlasted(capture: RunningCapture, started_stack: Stack) -> None:
    capture.execute(EVENTS)
    with capture:
        capture.wait_until_following()
        capture.execute("INSERT INTO events SELECT i, 0 FROM generate_series(1, 100) i")
        started_stack.stop_server("kafka")
        try:
            capture.execute("INSERT INTO events SELECT i, 0 FROM generate_series(101, 200) i")
        finally:
            started_stack.start_server("kafka")
        capture.catch_up()
    assert sorted(r.key["id"] for r in capture.records("events")) == list(range(1, 201))


def test_many_small_transactions_share_kafka_transactions(capture: RunningCapture) -> None:
    capture.execute(EVENTS)
    with capture.with_settings(commit_interval_ms=0):
        capture.wait_until_following()
        before = len(capture.cuts())
        capture.execute(
            "DO $$ BEGIN FOR i IN 1 .. 3000 LOOP INSERT INTO events VALUES (i, 0); COMMIT;"
            " END LOOP; END $$"
        )
        capture.catch_up()
    assert len(capture.records("events")) == 3000
    assert len(capture.cuts()) - before < 1000
