"""A slot that was dropped, created again, invalidated, or belongs to others: reported, or
refilled."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from cdc.errors import PreflightError
from materializers.intake.reader import Reader
from tests.capture.own_server import OwnServer
from tests.capture.running import TIMEOUT_S, RunningCapture

ITEMS = "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)"


@pytest.fixture
def limited(server: OwnServer, kafka_bootstrap: str, topic_prefix: str) -> Iterator[RunningCapture]:
    """A capture of that server, not running yet."""
    made = RunningCapture(server.new_database(topic_prefix), kafka_bootstrap, topic_prefix)
    yield made
    made.database.close()
    server.configure(max_slot_wal_keep_size="-1")


def fill(capture: RunningCapture) -> None:
    capture.execute(ITEMS, "INSERT INTO items SELECT i, 0 FROM generate_series(1, 100) i")


def rows(capture: RunningCapture) -> dict[int, int]:
    return {row["id"]: row["n"] for row in capture.rows("items").values()}


def drop_slot(capture: RunningCapture) -> None:
    """Retries while a walsender holds it, of a client that has just left or just come back."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        end_walsender(capture)
        try:
            return capture.execute(f"SELECT pg_drop_replication_slot('{capture.source.slot_name}')")
        except psycopg.errors.ObjectInUse:
            assert time.monotonic() < deadline


def end_walsender(capture: RunningCapture) -> None:
    """End it as an administrator does who wants to drop the slot."""
    capture.execute(
        "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots"
        f" WHERE slot_name = '{capture.source.slot_name}'"
    )


def refused(capture: RunningCapture) -> PreflightError:
    with capture:
        error = capture.ended()
    assert isinstance(error, PreflightError) and "\n" not in str(error), error
    return error


def test_dropped_while_running_stops_capture(capture: RunningCapture) -> None:
    fill(capture)
    with capture:
        capture.catch_up()
        end_walsender(capture)
        drop_slot(capture)
        began = time.monotonic()
        error = capture.ended()
    assert time.monotonic() - began < 15
    assert isinstance(error, PreflightError)
    assert "is gone" in error.message and "on_lost" in error.fix


def test_dropped_while_running_is_refilled(
    capture: RunningCapture, caplog: pytest.LogCaptureFixture
) -> None:
    fill(capture)
    with capture.with_settings(on_lost="refill"):
        capture.catch_up()
        end_walsender(capture)
        capture.execute("DELETE FROM items WHERE id > 50")
        drop_slot(capture)
        capture.execute("UPDATE items SET n = 1 WHERE id < 10")
        capture.wait_for(lambda: any(p.phase == "snapshot" for p in capture.progress))
        capture.catch_up()
    assert rows(capture) == {i: int(i < 10) for i in range(1, 51)}
    assert "Every table is refilled" in caplog.text


def test_made_anew_by_somebody_else_is_noticed(capture: RunningCapture) -> None:
    fill(capture)
    with capture:
        capture.catch_up()
    drop_slot(capture)
    capture.execute("DELETE FROM items WHERE id > 50")
    capture.execute(
        f"SELECT pg_create_logical_replication_slot('{capture.source.slot_name}', 'pgoutput')"
    )
    assert "past the newest cut" in refused(capture).message
    with capture.with_settings(on_lost="refill"):
        capture.catch_up()
    assert len(rows(capture)) == 50


def test_slot_of_another_plugin_is_never_dropped(capture: RunningCapture) -> None:
    fill(capture)
    with capture:
        capture.catch_up()
    drop_slot(capture)
    capture.execute(
        f"SELECT pg_create_logical_replication_slot('{capture.source.slot_name}', 'test_decoding')"
    )
    capture.with_settings(on_lost="refill")
    for capture.resnapshot in (False, True):
        error = refused(capture)
        assert "belongs to plugin test_decoding" in error.message and "slot = " in error.fix
    assert capture.one("SELECT count(*) FROM pg_replication_slots WHERE plugin = 'test_decoding'")


def test_slot_of_another_database_is_never_dropped(
    capture: RunningCapture, postgres_server: str
) -> None:
    fill(capture)
    name = capture.source.slot_name
    with psycopg.connect(postgres_server, autocommit=True) as other:
        other.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [name])
        try:
            assert "belongs to database postgres" in refused(capture).message
        finally:
            other.execute("SELECT pg_drop_replication_slot(%s)", [name])


def pass_the_limit(capture: RunningCapture, server: OwnServer) -> None:
    """Make the server invalidate the slot."""
    server.configure(max_slot_wal_keep_size="1MB")
    with psycopg.connect(server.dsn, autocommit=True) as admin:
        for _ in range(6):
            admin.execute("SELECT pg_logical_emit_message(false, 'wal', repeat('x', 100))")
            admin.execute("SELECT pg_switch_wal()")
        admin.execute("CHECKPOINT")
    status = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = '{}'"
    assert capture.one(status.format(capture.source.slot_name)) == "lost"
    server.configure(max_slot_wal_keep_size="-1")


def test_invalidated_while_stopped(limited: RunningCapture, server: OwnServer) -> None:
    fill(limited)
    with limited:
        limited.catch_up()
    limited.execute("DELETE FROM items WHERE id > 50")
    pass_the_limit(limited, server)
    assert "invalidated by the server (max_slot_wal_keep_size was passed)" in str(refused(limited))
    with limited.with_settings(on_lost="refill"):
        limited.catch_up()
    assert len(rows(limited)) == 50


def test_restored_from_a_backup(limited: RunningCapture, server: OwnServer) -> None:
    """Positions start again lower; versions for sinks do not."""
    fill(limited)
    limited.database.close()
    server.back_up()
    limited.database = psycopg.connect(str(limited.source.dsn), autocommit=True)
    with limited:
        limited.catch_up()
        limited.execute("SELECT pg_switch_wal()", "UPDATE items SET n = 7")
        limited.catch_up()
    before = limited.cuts()[-1]
    reader = Reader(limited.kafka, limited.source.name, ["public.items"])
    reader.start({}, None)
    shown = reader.read(30)
    assert shown is not None and shown.cut.version == before.version
    limited.database.close()
    server.restore()
    limited.database = psycopg.connect(str(limited.source.dsn), autocommit=True)
    error = refused(limited)
    assert "restored from a backup" in error.message and "--resnapshot" in error.fix
    limited.resnapshot = True
    with limited:
        limited.catch_up()
        limited.execute("UPDATE items SET n = 1 WHERE id = 1")
        limited.catch_up()
    limited.resnapshot = False
    with limited:
        limited.catch_up()
    assert rows(limited) == {i: int(i == 1) for i in range(1, 101)}
    after = limited.cuts()[-1]
    assert after.lsn < before.lsn and after.version > before.version
    versions = [cut.version for cut in limited.cuts()]
    assert versions == sorted(versions)
    batch = reader.read(30, after=shown.cut)
    reader.close()
    assert batch is not None and batch.cut.version > before.version
    assert batch.schemas["public.items"].emptied is not None


def test_another_server_behind_the_same_name(
    capture: RunningCapture, limited: RunningCapture
) -> None:
    fill(capture)
    fill(limited)
    with capture:
        capture.catch_up()
    before = capture.cuts()[-1]
    limited.execute("DELETE FROM items WHERE id > 10")
    limited.source = limited.with_settings(name=capture.source.name).source
    assert "captured from another database server" in refused(limited).message
    with limited.with_settings(on_lost="refill"):
        limited.catch_up()
    assert len(rows(limited)) == 10
    assert limited.cuts()[-1].version > before.version


def test_a_promotion_that_lost_nothing_goes_on(limited: RunningCapture, server: OwnServer) -> None:
    """The log continues on another timeline, after everything captured."""
    fill(limited)
    with limited:
        limited.catch_up()
    before = limited.cuts()[-1].history
    limited.database.close()
    server.promote()
    limited.database = psycopg.connect(str(limited.source.dsn), autocommit=True)
    limited.execute("UPDATE items SET n = 3")
    with limited:
        limited.catch_up()
    after = limited.cuts()[-1].history
    assert rows(limited) == dict.fromkeys(range(1, 101), 3)
    assert after.timeline == before.timeline + 1 and after.server == before.server
    assert after.version_base == before.version_base
    assert not any(p.phase == "snapshot" for p in limited.progress)
