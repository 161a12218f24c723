"""Servers that die, hang, restart or become unreachable under a capture: nothing is lost or
doubled, and every state obeys a stop."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from cdc.config import Secret
from cdc.errors import BrokerError, SourceError
from cdc.position import Lsn
from tests.capture.half_open import Proxy
from tests.capture.own_server import OwnServer
from tests.capture.running import RunningCapture

ITEMS = "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL, note text)"
STOP_S = 4.0
"""A stop is obeyed within this time (2 s, and a margin for a shared machine)."""


@pytest.fixture
def own(server: OwnServer, kafka_bootstrap: str, topic_prefix: str) -> Iterator[RunningCapture]:
    """A capture of that server, not running yet."""
    made = RunningCapture(server.new_database(topic_prefix), kafka_bootstrap, topic_prefix)
    made.execute(ITEMS, "INSERT INTO items SELECT i, 0, '' FROM generate_series(1, 100) i")
    yield made
    made.database.close()


@pytest.fixture
def brokered(postgres_dsn: str, broker: OwnServer) -> Iterator[RunningCapture]:
    """A capture into that broker, not running yet."""
    made = RunningCapture(postgres_dsn, broker.bootstrap, postgres_dsn.rpartition("/")[2])
    made.execute(ITEMS, "INSERT INTO items SELECT i, 0, '' FROM generate_series(1, 100) i")
    yield made
    made.database.close()


def numbers(capture: RunningCapture) -> dict[int, int]:
    return {row["id"]: row["n"] for row in capture.rows("items").values()}


def reconnect(capture: RunningCapture) -> None:
    capture.database.close()
    capture.database = psycopg.connect(str(capture.source.dsn), autocommit=True)


def stop_takes_s(capture: RunningCapture) -> float:
    """Stop it; how long that took, in seconds."""
    began = time.monotonic()
    capture.__exit__(None, None, None)
    return time.monotonic() - began


def slots(capture: RunningCapture) -> int:
    count: int = capture.one(
        "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
    )
    return count


# ------------------------------------------------------------------ the source


def test_postgres_killed_and_started_again(own: RunningCapture, server: OwnServer) -> None:
    with own:
        own.catch_up()
        own.execute("UPDATE items SET n = 1")
        server.kill()
        time.sleep(1)
        server.start()
        reconnect(own)
        own.execute("UPDATE items SET n = n + 1")
        own.catch_up()
    assert numbers(own) == dict.fromkeys(range(1, 101), 2)
    updates = [r for r in own.records("items") if r.value and r.value["op"] == "u"]
    assert len(updates) == 200


def test_transactions_in_progress_at_a_restart(own: RunningCapture) -> None:
    """Begun before a stop of capture, ended before, between and after starts."""
    dsn = str(own.source.dsn)
    first, second = psycopg.connect(dsn), psycopg.connect(dsn)
    with own:
        own.catch_up()
        for number, session in ((1, first), (2, second)):
            session.execute(
                "INSERT INTO items SELECT i, %s, '' FROM generate_series(%s::int, %s::int) i",
                [number, 1000 * number, 1000 * number + 400],
            )
        own.execute("INSERT INTO items VALUES (500, 5, '')")
        own.catch_up()
    first.commit()
    with own:
        own.catch_up()
        second.execute("UPDATE items SET n = 22 WHERE id >= 2000 AND id < 2100")
        second.commit()
        own.catch_up()
    first.close()
    second.close()
    found = numbers(own)
    assert found == dict(own.database.execute("SELECT id, n FROM items").fetchall())
    created = [r.key["id"] for r in own.records("items") if r.value and r.value["op"] == "c"]
    assert len(created) == len(set(created)) == 401 + 401 + 1


def test_half_open_connection_is_noticed(own: RunningCapture, server: OwnServer) -> None:
    port = int(server.dsn.rpartition(":")[2].partition("/")[0])
    proxy = Proxy(port)
    direct = str(own.source.dsn)
    own.source = own.with_settings(
        dsn=Secret(direct.replace(f":{port}/", f":{proxy.port}/")), silence_max_s=3.0
    ).source
    try:
        with own:
            own.catch_up()
            proxy.stall()
            own.execute("UPDATE items SET n = 1")
            own.catch_up()
    finally:
        proxy.close()
    assert numbers(own) == dict.fromkeys(range(1, 101), 1)


def test_walsender_that_hangs_is_noticed(
    own: RunningCapture, caplog: pytest.LogCaptureFixture
) -> None:
    with own.with_settings(silence_max_s=3.0):
        own.catch_up()
        pid = own.one(
            "SELECT active_pid FROM pg_replication_slots"
            f" WHERE slot_name = '{own.source.slot_name}'"
        )
        os.kill(pid, signal.SIGSTOP)
        try:
            own.execute("UPDATE items SET n = 1")
            own.wait_for(lambda: "has not answered for" in caplog.text)
        finally:
            os.kill(pid, signal.SIGCONT)
        own.catch_up()
    assert numbers(own) == dict.fromkeys(range(1, 101), 1)


def test_stop_while_postgres_hangs(own: RunningCapture, server: OwnServer) -> None:
    own.__enter__()
    own.catch_up()
    session = [int(pid) for (pid,) in own.database.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )]  # fmt: skip
    for pid in (server.pid, *session):
        os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(0.5)
        assert stop_takes_s(own) < STOP_S
    finally:
        for pid in (server.pid, *session):
            os.kill(pid, signal.SIGCONT)


def test_start_waits_for_a_server_that_is_down(
    own: RunningCapture, server: OwnServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.stop()
    with own:
        assert isinstance(own.ended(), SourceError)
    own.wait = True
    with own:
        own.wait_for(lambda: "It is tried again" in caplog.text)
        server.start()
        reconnect(own)
        own.catch_up()
    assert "capture goes on after" in caplog.text
    assert len(numbers(own)) == 100


# ------------------------------------------------------------------ the slot


def test_slot_waits_for_old_transactions_and_says_so(
    own: RunningCapture, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(str(own.source.dsn), application_name="reports") as writer:
        writer.execute("INSERT INTO items VALUES (999, 1, 'secret')")
        own.__enter__()
        own.wait_for(lambda: "is made once older transactions have ended" in caplog.text)
        assert f"process {writer.info.backend_pid} of reports (idle in transaction" in caplog.text
        assert "secret" not in caplog.text
        assert stop_takes_s(own) < STOP_S
        deadline = time.monotonic() + 10
        while slots(own):
            assert time.monotonic() < deadline, "a slot half made stays"
            time.sleep(0.05)
        with own.with_settings(slot_timeout_s=1.0):
            error = own.ended()
        assert isinstance(error, SourceError) and "slot_timeout_s" in error.message
        assert slots(own) == 0
    with own:
        own.catch_up()
    assert len(numbers(own)) == 101


def test_snapshot_outlasts_the_servers_time_limits(own: RunningCapture, server: OwnServer) -> None:
    """Connections that copy nothing for a while are not ended as idle."""
    own.execute(
        "INSERT INTO items SELECT i, 0, repeat('x', 200) FROM generate_series(101, 60000) i"
    )
    limits = ("wal_sender_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout")
    server.configure(**dict.fromkeys(limits, "1s"))
    try:
        with own.with_settings(transaction_rows_max=500, snapshot_connections=3):
            own.catch_up()
    finally:
        server.configure(wal_sender_timeout="60s", idle_session_timeout="0",
                         idle_in_transaction_session_timeout="0")  # fmt: skip
    assert len(numbers(own)) == 60_000


# ------------------------------------------------------------------ the broker


def test_broker_hangs_for_a_while(brokered: RunningCapture, broker: OwnServer) -> None:
    """While it can commit nothing, it acknowledges nothing to the source."""
    with brokered:
        brokered.catch_up()
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            held = Lsn.parse(brokered.one("SELECT pg_current_wal_insert_lsn()::text"))
            for n in range(1, 21):
                brokered.execute(f"UPDATE items SET n = {n}")
                time.sleep(0.5)
                assert brokered.confirmed() <= held
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        brokered.catch_up()
    assert numbers(brokered) == dict.fromkeys(range(1, 101), 20)


def test_broker_killed_and_started_again(brokered: RunningCapture, broker: OwnServer) -> None:
    with brokered:
        brokered.catch_up()
        broker.kill()
        for n in range(1, 21):
            brokered.execute(f"UPDATE items SET n = {n}")
            time.sleep(0.5)
        broker.start()
        brokered.catch_up()
    assert numbers(brokered) == dict.fromkeys(range(1, 101), 20)


@pytest.mark.parametrize("is_following", [True, False], ids=["stream", "snapshot"])
def test_stop_while_the_broker_hangs(
    brokered: RunningCapture, broker: OwnServer, is_following: bool
) -> None:
    if not is_following:
        brokered.execute(
            "INSERT INTO items SELECT i, 0, repeat('x', 300) FROM generate_series(101, 400000) i"
        )
    brokered.with_settings(transaction_rows_max=2_000).__enter__()
    if is_following:
        brokered.catch_up()
    else:
        brokered.wait_for(lambda: bool(brokered.progress))
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        brokered.execute("UPDATE items SET n = 1 WHERE id < 50")
        time.sleep(1)
        assert stop_takes_s(brokered) < STOP_S
        if not is_following:
            assert slots(brokered) == 0
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    with brokered.with_settings(transaction_rows_max=20_000):
        brokered.catch_up()
    assert numbers(brokered)[49] == 1


def test_start_waits_for_a_broker_that_is_down(
    brokered: RunningCapture, broker: OwnServer, caplog: pytest.LogCaptureFixture
) -> None:
    broker.kill()
    try:
        brokered.__enter__()
        error = brokered.ended()
        assert isinstance(error, BrokerError) and "\n" not in str(error)
        brokered.wait = True
        brokered.__enter__()
        brokered.wait_for(lambda: "It is tried again" in caplog.text)
    finally:
        broker.start()
    brokered.catch_up()
    brokered.__exit__(None, None, None)
    assert len(numbers(brokered)) == 100
