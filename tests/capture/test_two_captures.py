"""A second capture of the same source name is refused, and the first goes on undisturbed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cdc.errors import FencedError, PreflightError
from rederive.stack.lifecycle import Lifecycle, start_together, stop_together
from rederive.stack.postgres.server import PostgresServer
from rederive.stack.record import Record
from tests.capture.held import Held
from tests.capture.running import TIMEOUT_S, RunningCapture
from tests.crash.bank import Processes

TABLE = "CREATE TABLE t (id int PRIMARY KEY)"
PROJECT = """
[source.{name}]
dsn = "{dsn}"
tables = ["public.*"]
[kafka]
"bootstrap.servers" = "{bootstrap}"
"""


@pytest.fixture(scope="module")
def other_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DSN of another database server."""
    home = tmp_path_factory.mktemp("other")
    record = Record(home / "stack.json")
    lifecycle = Lifecycle(PostgresServer(home / "postgres"), home / "postgres", record)
    start_together([lifecycle], None)
    try:
        yield lifecycle.server.address(lifecycle.entry().ports)
    finally:
        stop_together([lifecycle])


def second_of(capture: RunningCapture, dsn: str = "") -> RunningCapture:
    """The same source name, with a slot and a publication of its own."""
    given = dsn or str(capture.source.dsn)
    second = RunningCapture(given, capture.kafka.address, capture.source.name)
    name = f"{capture.source.name}_second"
    return second.with_settings(slot=name, publication=name)


def check_goes_on(capture: RunningCapture, *ids: int) -> None:
    capture.execute(*(f"INSERT INTO t VALUES ({number})" for number in ids))
    capture.catch_up()
    assert {record.key["id"] for record in capture.records("t")} == set(ids)


def test_with_another_slot(capture: RunningCapture) -> None:
    capture.execute(TABLE)
    second = second_of(capture)
    with closing(second.database):
        with capture:
            capture.wait_until_following()
            with second:
                error = second.ended()
            assert isinstance(error, PreflightError)
            assert error.message.startswith(f"Source {capture.source.name} is captured by another")
            assert "stop that capture first" in error.fix
            check_goes_on(capture, 1, 2, 3)
        with second:
            error = second.ended()
        assert isinstance(error, PreflightError)
        assert error.message.startswith(f"Slot {second.source.slot_name} of")


def test_of_another_database_of_the_server(capture: RunningCapture, postgres_server: str) -> None:
    capture.execute(TABLE)
    second = second_of(capture, postgres_server)
    with closing(second.database), capture:
        capture.wait_until_following()
        with second:
            error = second.ended()
        assert isinstance(error, PreflightError)
        assert f"in database {capture.database.info.dbname} is at work" in error.message
        check_goes_on(capture, 1, 2, 3)


def test_of_another_server(capture: RunningCapture, other_server: str) -> None:
    """Whether the first one runs or not: the second one's changes would pass for the first
    server's."""
    capture.execute(TABLE)
    second = second_of(capture, other_server)
    with closing(second.database):
        second.execute(TABLE)
        with capture:
            capture.wait_until_following()
            with second:
                error = second.ended()
            assert isinstance(error, PreflightError)
            assert "are captured from another database server" in error.message
            assert "--take-over" in error.fix
            check_goes_on(capture, 1, 2, 3)


def test_while_the_first_copies(capture: RunningCapture) -> None:
    """No slot is in use yet; the second one would drop it."""
    capture.execute(TABLE, "INSERT INTO t SELECT generate_series(1, 5000)")
    first = Held(capture)
    with closing(first.database), first:
        assert first.is_copying.wait(TIMEOUT_S)
        with capture:
            error = capture.ended()
        assert isinstance(error, PreflightError)
        assert "is captured by another process" in error.message
        first.go_on.set()
        first.catch_up()
    assert len(first.records("t")) == 5000


def test_a_killed_one_holds_up_nobody(capture: RunningCapture, tmp_path: Path) -> None:
    capture.execute(TABLE, "INSERT INTO t VALUES (0)")
    (tmp_path / "rederive.toml").write_text(PROJECT.format(
        name=capture.source.name, dsn=str(capture.source.dsn), bootstrap=capture.kafka.address,
    ))  # fmt: skip
    processes = Processes(tmp_path)
    for number in (1, 2, 3):
        processes.start("capture")
        capture.execute(f"INSERT INTO t VALUES ({number})")
        await_key(capture, number)
        processes.kill("capture")
    processes.start("capture")
    capture.execute("INSERT INTO t VALUES (4)")
    await_key(capture, 4)
    assert processes.stop() == {"capture": 0}
    assert "captured by another" not in processes.tail("capture")
    assert {record.key["id"] for record in capture.records("t")} == {0, 1, 2, 3, 4}


def await_key(capture: RunningCapture, number: int) -> None:
    topic = f"{capture.source.name}.public.t"
    deadline = time.monotonic() + TIMEOUT_S
    while topic not in capture.topics() or number not in {
        record.key["id"] for record in capture.records("t")
    }:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_taking_over_ends_the_first(capture: RunningCapture) -> None:
    capture.execute(TABLE)
    second = second_of(capture)
    second.take_over = second.resnapshot = True
    with closing(second.database), capture:
        capture.wait_until_following()
        with second:
            check_goes_on(second, 1, 2, 3)
            assert isinstance(capture.ended(), FencedError)
