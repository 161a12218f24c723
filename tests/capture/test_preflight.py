"""Each obstacle of a capture is reported in one line with its fix, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic  # type: ignore[attr-defined]

from cdc.config import Kafka, Secret
from cdc.errors import BrokerError, PreflightError, RederiveError, SourceError
from cdc.preflight import preflight
from rederive.stack.lifecycle import Lifecycle, start_together, stop_together
from rederive.stack.ports import choose_ports
from rederive.stack.postgres.server import PostgresServer
from rederive.stack.record import Record
from tests.capture.running import RunningCapture


class LockedPostgres(PostgresServer):
    """Logs only what replicas need, and asks user `locked` for a password."""

    def command(self, ports: Mapping[str, int]) -> list[str]:
        access = self._data / "pg_hba.conf"
        line = "host all locked 127.0.0.1/32 scram-sha-256\n"
        access.write_text(line + access.read_text().replace(line, ""))
        return [*super().command(ports), "--wal_level=replica", "--max_wal_senders=4"]


@pytest.fixture(scope="module")
def locked_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DSN of the superuser of a server of its own, with table `t` and the user `locked`."""
    home = tmp_path_factory.mktemp("locked")
    lifecycle = Lifecycle(LockedPostgres(home / "postgres"), home / "postgres", record_in(home))
    start_together([lifecycle], None)
    try:
        dsn = lifecycle.server.address(lifecycle.entry().ports)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
            connection.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
        yield dsn
    finally:
        stop_together([lifecycle])


@pytest.fixture(scope="module")
def standby_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DSN of a server of its own that replays a primary's log."""
    home = tmp_path_factory.mktemp("standby")
    lifecycle = Lifecycle(PostgresServer(home / "postgres"), home / "postgres", record_in(home))
    start_together([lifecycle], None)
    stop_together([lifecycle])
    (home / "postgres" / "data" / "standby.signal").touch()
    start_together([lifecycle], None)
    try:
        yield lifecycle.server.address(lifecycle.entry().ports)
    finally:
        stop_together([lifecycle])


def record_in(home: Path) -> Record:
    return Record(home / "stack.json")


def free_port() -> int:
    return choose_ports(["none"], {})["none"]


def refused(capture: RunningCapture) -> RederiveError:
    """The error that capture raises at once; asserts that it is one line and that nothing was
    created."""
    with capture:
        error = capture.ended()
    assert isinstance(error, RederiveError), error
    assert "\n" not in str(error) and error.fix
    slots = capture.one(
        "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
    )
    assert (slots, capture.one("SELECT count(*) FROM pg_publication")) == (0, 0)
    return error


def test_all_is_well(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    checks = preflight(capture.source, capture.kafka)
    assert [check for check in checks if not check.ok] == []
    assert {"wal_level", "slot", "publication", "table public.t", "transactions"} <= {
        check.name for check in checks
    }


def test_server_down(capture: RunningCapture) -> None:
    capture.source = replace(
        capture.source, dsn=Secret(f"postgresql://postgres@127.0.0.1:{free_port()}/x")
    )
    error = refused(capture)
    assert isinstance(error, SourceError) and "refused" in error.message
    assert "start the server" in error.fix


def test_wrong_password(capture: RunningCapture, locked_dsn: str) -> None:
    dsn = locked_dsn.replace("postgres@", "locked:wrong@", 1)
    capture.source = replace(capture.source, dsn=Secret(dsn))
    error = refused(capture)
    assert isinstance(error, SourceError)
    assert 'password authentication failed for user "locked"' in error.message
    assert error.fix == "correct user and password in the source's dsn"
    assert "wrong" not in str(error)


def test_missing_table_and_missing_key(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE orders (id int)")
    missing = capture.with_settings(tables=("public.orderz", "public.orders"))
    error = refused(missing)
    assert isinstance(error, PreflightError)
    assert error.message == f"Table public.orderz does not exist in source {capture.source.name}."
    error = refused(capture.with_settings(tables=("public.orders",)))
    assert error.message == "Table public.orders has no primary key."
    assert error.fix == "ALTER TABLE public.orders ADD PRIMARY KEY (…)"


def test_user_without_the_privilege(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    user = f"u_{capture.source.name}"
    capture.execute(f"CREATE ROLE {user} LOGIN")
    try:
        dsn = str(capture.source.dsn).replace("postgres@", f"{user}@", 1)
        capture.source = replace(capture.source, dsn=Secret(dsn))
        error = refused(capture)
        assert error.message == f"User {user} may not replicate."
        assert error.fix == f'ALTER ROLE "{user}" REPLICATION'
    finally:
        capture.execute(f"DROP ROLE {user}")


def test_slot_of_another_plugin_and_slot_in_use(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    slot = capture.source.slot_name
    capture.execute(f"SELECT pg_create_logical_replication_slot('{slot}', 'test_decoding')")
    with capture:
        error = capture.ended()
    capture.execute(f"SELECT pg_drop_replication_slot('{slot}')")
    assert isinstance(error, PreflightError) and "test_decoding" in error.message


def test_broker_down(capture: RunningCapture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdc.broker.REQUEST_TIMEOUT_S", 1.0)
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    capture.kafka = Kafka({"bootstrap.servers": Secret(f"127.0.0.1:{free_port()}")})
    error = refused(capture)
    assert isinstance(error, BrokerError) and capture.kafka.address in error.message
    assert "start the broker" in error.fix


def test_topic_that_is_not_compacted(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    topic = f"{capture.source.name}.public.t"
    admin = AdminClient({"bootstrap.servers": capture.kafka.address})
    admin.create_topics([NewTopic(topic, 3)])[topic].result(15)
    error = refused(capture)
    assert error.message == f"Topic {topic} is not fit: cleanup.policy is delete, not compact."
    assert error.fix == f"kafka-configs --alter --topic {topic} --add-config cleanup.policy=compact"


def test_a_table_that_cannot_name_a_topic(capture: RunningCapture) -> None:
    capture.execute('CREATE TABLE "Odd Names" (id int PRIMARY KEY)')
    error = refused(capture)
    assert error.message.startswith("Table public.Odd Names cannot name a topic")


def test_a_topic_that_got_more_partitions(capture: RunningCapture) -> None:
    """A key's later records would lie in another partition than its earlier ones."""
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    with capture:
        capture.wait_until_following()
    topic = f"{capture.source.name}.public.t"
    admin = AdminClient({"bootstrap.servers": capture.kafka.address})
    admin.create_partitions([NewPartitions(topic, 5)])[topic].result(15)
    with capture:
        error = capture.ended()
    assert isinstance(error, PreflightError)
    assert error.message == f"Topic {topic} has 5 partitions, and had 3."
    assert "--resnapshot" in error.fix


def test_wrong_setting_of_the_client(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    settings = {**capture.kafka.settings, "linger.mss": Secret("5")}
    capture.kafka = replace(capture.kafka, settings=settings)
    error = refused(capture)
    assert "linger.mss" in error.message


def test_wal_level_is_not_logical(capture: RunningCapture, locked_dsn: str) -> None:
    capture.source = replace(capture.source, dsn=Secret(locked_dsn))
    error = refused(capture)
    assert isinstance(error, PreflightError)
    assert error.message == f"Source {capture.source.name} has wal_level replica, not logical."
    assert "wal_level = logical" in error.fix


def test_a_standby(capture: RunningCapture, standby_dsn: str) -> None:
    capture.source = replace(capture.source, dsn=Secret(standby_dsn))
    error = refused(capture)
    assert isinstance(error, PreflightError) and error.fix == "connect to the primary"
    assert error.message == "The server is a standby, which cannot hold the publication."
    assert preflight(capture.source, capture.kafka)
