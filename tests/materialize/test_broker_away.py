"""A broker that goes away and comes back, beneath a reader."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from confluent_kafka.admin import AdminClient

from cdc.config import Kafka, Secret
from materializers.intake.reader import Reader
from rederive.stack.stack import Stack
from tests.materialize.reading import ids, read
from tests.materialize.topic_writer import TABLE, TopicWriter

TIMEOUT_S = 60


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_its_absence_is_told_and_reading_goes_on(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "stack", ("kafka",))
    try:
        bootstrap = stack.start().kafka_bootstrap or ""
        writer = TopicWriter(bootstrap, "away")
        writer.transaction([1])
        reader = Reader(Kafka({"bootstrap.servers": Secret(bootstrap)}), writer.name, [TABLE])
        reader.start({}, None)
        first = read(reader)
        assert ids(first) == [1] and reader.absence() is None

        os.kill(next(status.pid for status in stack.running()), signal.SIGKILL)
        wait_until(lambda: reader.absence() is not None)
        assert (reader.absence() or "").startswith(f"Kafka at {bootstrap} does not answer: ")
        assert reader.read(0.1, after=first.cut) is None

        stack.start()
        wait_until(lambda: reader.absence() is None)
        writer.admin = AdminClient({"bootstrap.servers": bootstrap})  # the leader's epoch is new
        writer.transaction([2, 3])
        assert ids(reader.read(TIMEOUT_S, after=first.cut)) == [2, 3]
        reader.close()
    finally:
        stack.stop()
