"""Large records: up to the limit they get from the table to a reader; a larger one stops
capture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from cdc.broker import Topics
from cdc.config import Secret
from cdc.errors import PreflightError
from materializers.intake.reader import Reader
from tests.capture.running import RunningCapture
from tests.crash.bank import Processes

MIB = 2**20
TABLE = "CREATE TABLE t (id int PRIMARY KEY, note text, big text)"
PROJECT = """
[source.{name}]
dsn = "{dsn}"
tables = ["public.*"]
[kafka]
"bootstrap.servers" = "{bootstrap}"
"""


def insert(key: int, size: int) -> str:
    """Insert a row of so many incompressible bytes."""
    pieces = f"SELECT string_agg(md5(i::text || '{key}'), '') FROM generate_series(1, {size // 32})"
    return f"INSERT INTO t SELECT {key}, 'secret', ({pieces} i)"


def with_limit(capture: RunningCapture, limit: int) -> RunningCapture:
    topics = replace(capture.kafka.topics, max_message_bytes=limit)
    capture.kafka = replace(capture.kafka, topics=topics)
    return capture


def sizes_read(capture: RunningCapture) -> dict[int, int]:
    """Each row's key and the length of its large value, as views' readers get them."""
    reader = Reader(capture.kafka, capture.source.name, ["public.t"])
    reader.start({}, None)
    try:
        sizes, batch = {}, None
        while batch is None or not batch.is_exact:
            batch = reader.read(60)
            assert batch is not None
            for value in batch.records["public.t"].values:
                row = orjson.loads(value or b"")["after"]
                sizes[row["id"]] = len(row["big"])
        return sizes
    finally:
        reader.close()


def test_large_values_pass_as_they_are(capture: RunningCapture) -> None:
    capture.execute(TABLE, insert(1, 8 * MIB))
    with capture:
        capture.wait_until_following()
        capture.execute(insert(2, 3 * MIB // 2), insert(3, 8 * MIB), insert(4, 32))
        capture.catch_up()
    assert sizes_read(capture) == {1: 8 * MIB, 2: 3 * MIB // 2, 3: 8 * MIB, 4: 32}


def test_very_large_ones_pass_once_the_limit_is_raised(capture: RunningCapture) -> None:
    """Also into topics created with the lower limit."""
    capture.execute(TABLE, insert(1, 32))
    with capture:
        capture.catch_up()
        capture.execute(insert(2, 64 * MIB))
        assert isinstance(capture.ended(), PreflightError)
    with with_limit(capture, 80 * MIB):
        capture.execute(insert(3, 64 * MIB))
        capture.catch_up()
    assert sizes_read(capture) == {1: 32, 2: 64 * MIB, 3: 64 * MIB}


@pytest.mark.parametrize("size", [MIB, 60 * MIB])
def test_beyond_the_limit_it_stops_with_the_row_and_the_fix(
    capture: RunningCapture, size: int
) -> None:
    """A row too large for the topic, and one too large for the client's queue."""
    capture.execute(TABLE)
    with with_limit(capture, MIB // 2):
        capture.wait_until_following()
        before = capture.catch_up()
        capture.execute(insert(1, 32), insert(7, size))
        error = capture.ended()
    check_message(error, size)
    assert capture.confirmed() >= before
    with capture:
        error = capture.ended()
    check_message(error, size)
    assert isinstance(error, PreflightError)
    with with_limit(capture, int(error.fix.split()[3])):
        capture.catch_up()
    assert sizes_read(capture) == {1: 32, 7: size}


def check_message(error: BaseException, size: int) -> None:
    assert isinstance(error, PreflightError)
    told = 'Table public.t: the record of key {"id":7} has '
    assert error.message.startswith(told)
    assert 0 < int(error.message.removeprefix(told).split()[0]) - size < 1000
    assert error.message.endswith(f" bytes, more than max_message_bytes = {MIB // 2} allows.")
    assert error.fix.startswith("set max_message_bytes = ")
    assert "secret" not in str(error)


def test_too_large_for_the_snapshot(capture: RunningCapture) -> None:
    capture.execute(TABLE, insert(7, MIB))
    with with_limit(capture, MIB // 2):
        check_message(capture.ended(), MIB)
    assert not capture.one("SELECT count(*) FROM pg_replication_slots WHERE database = "
                           "current_database()")  # fmt: skip


def test_a_limit_of_the_client_alone_is_named(capture: RunningCapture) -> None:
    capture.execute(TABLE, insert(7, MIB))
    settings = {**capture.kafka.settings, "message.max.bytes": Secret("300000")}
    capture.kafka = replace(capture.kafka, settings=settings)
    with capture:
        error = capture.ended()
    assert isinstance(error, PreflightError)
    assert error.fix.endswith(', and remove "message.max.bytes" from [kafka]')


def test_a_limit_that_the_broker_would_hang_up_on(capture: RunningCapture) -> None:
    capture.execute(TABLE)
    with with_limit(capture, 200 * MIB):
        error = capture.ended()
    assert isinstance(error, PreflightError)
    assert error.message.endswith("requests of 104857600 bytes only.")
    assert "socket.request.max.bytes" in error.fix


def test_a_topic_whose_limit_was_lowered_meanwhile(capture: RunningCapture) -> None:
    """The broker refuses the batch; the next run raises the limit again."""
    capture.execute(TABLE)
    with capture:
        capture.catch_up()
        topic = f"{capture.source.name}.public.t"
        Topics(capture.kafka).set([topic], "max.message.bytes", "100000")
        capture.execute(insert(1, MIB))
        capture.catch_up()
    assert sizes_read(capture) == {1: MIB}


def test_the_command_says_it_in_one_line(capture: RunningCapture, tmp_path: Path) -> None:
    capture.execute(TABLE, insert(7, 20 * MIB))
    (tmp_path / "rederive.toml").write_text(PROJECT.format(
        name=capture.source.name, dsn=str(capture.source.dsn), bootstrap=capture.kafka.address,
    ))  # fmt: skip
    processes = Processes(tmp_path)
    processes.start("capture")
    assert processes.running["capture"].wait(60) == 1
    said = processes.tail("capture")
    assert "Traceback" not in said
    assert "max_message_bytes = " in said
