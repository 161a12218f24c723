"""The log that the source retains for capture's slot: warned of, and released by policy."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from cdc.errors import WalFullError
from cdc.sources.postgres.slot.walguard import WalGuard
from tests.capture.own_server import OwnServer
from tests.capture.running import RunningCapture

MEGABYTE = 2**20


@pytest.fixture
def own(server: OwnServer, broker: OwnServer) -> Iterator[RunningCapture]:
    """A capture of that server into that broker, which has run and is stopped."""
    name = f"t{secrets.token_hex(5)}"
    made = RunningCapture(server.new_database(name), broker.bootstrap, name)
    made.execute(
        "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)",
        "INSERT INTO items SELECT i, 0 FROM generate_series(1, 100) i",
    )
    with made:
        made.catch_up()
    yield made
    made.execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
        " WHERE database = current_database() AND NOT active"
    )
    made.database.close()
    server.configure(max_slot_wal_keep_size="-1")


def write_log(capture: RunningCapture, megabytes: int) -> None:
    for _ in range(megabytes):
        capture.execute(f"SELECT pg_logical_emit_message(true, 'filler', repeat('x', {MEGABYTE}))")


def has_slot(capture: RunningCapture) -> bool:
    name = capture.source.slot_name
    found = capture.one(f"SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{name}'")
    return bool(found)


def test_much_log_is_warned_of_once(own: RunningCapture, caplog: pytest.LogCaptureFixture) -> None:
    guard = WalGuard(own.with_settings(wal_warn_bytes=4 * MEGABYTE).source)
    guard.turn(own.database)
    assert guard.wal is not None and guard.wal.status == "reserved" and not caplog.text
    write_log(own, 5)
    for _ in range(2):
        guard.turn(own.database, is_due=True)
    assert guard.wal.retained_bytes > 4 * MEGABYTE
    assert caplog.text.count(f"of log for slot {own.source.slot_name}") == 1


def test_a_limit_of_the_server_that_is_near_is_warned_of(
    own: RunningCapture, server: OwnServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.configure(max_slot_wal_keep_size="64MB")
    write_log(own, 62)
    guard = WalGuard(own.source)
    guard.turn(own.database)
    assert guard.wal is not None and guard.wal.safe_bytes is not None
    assert "more it gives the slot up" in caplog.text


def test_too_much_log_ends_the_slot_where_asked(own: RunningCapture) -> None:
    write_log(own, 5)
    own.with_settings(wal_keep_max_bytes=4 * MEGABYTE)
    WalGuard(own.source).turn(own.database)
    guard = WalGuard(own.with_settings(on_wal_full="drop-slot").source)
    with pytest.raises(WalFullError, match="more than wal_keep_max") as raised:
        guard.turn(own.database)
    guard.drop(own.database, raised.value)
    assert not has_slot(own)


@pytest.mark.timeout(200)
def test_a_broker_that_stays_away_does_not_fill_the_disk(
    own: RunningCapture, broker: OwnServer, caplog: pytest.LogCaptureFixture
) -> None:
    own.with_settings(
        wal_keep_max_bytes=8 * MEGABYTE, on_wal_full="drop-slot", on_lost="refill"
    ).wait = True
    with own:
        own.catch_up()
        broker.kill()
        own.execute("UPDATE items SET n = 1")
        write_log(own, 10)
        own.wait_for(lambda: not has_slot(own), timeout_s=60)
        own.wait_for(lambda: "The slot is dropped, as on_wal_full says" in caplog.text)
        broker.start()
        own.wait_for(lambda: "Every table is refilled" in caplog.text)
        own.execute("UPDATE items SET n = n + 1 WHERE id = 1")
        own.catch_up()
    numbers = {row["id"]: row["n"] for row in own.rows("items").values()}
    assert numbers == {i: 2 if i == 1 else 1 for i in range(1, 101)}
