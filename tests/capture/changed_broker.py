"""Changes of topics under a running capture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions  # type: ignore[attr-defined]

from tests.capture.running import PARTITIONS, RunningCapture

ROWS = 30


class Broker:
    """What an administrator may do to the topic of table `t`, or to another one."""

    def __init__(self, capture: RunningCapture) -> None:
        self._admin = AdminClient({"bootstrap.servers": capture.kafka.address})
        self._capture = capture
        self.topic = f"{capture.source.name}.public.t"

    def delete(self, topic: str = "") -> None:
        name = topic or self.topic
        self._admin.delete_topics([name])[name].result(15)

    def recreate(self) -> None:
        self.delete()
        self._capture.topic_client().create({self.topic: PARTITIONS})

    def recreate_as_long(self) -> None:
        """Delete the topic and create it with at least as many records in each partition."""
        self.recreate()
        producer = Producer({"bootstrap.servers": self._capture.kafka.address})
        for partition in range(PARTITIONS):
            for number in range(3 * ROWS):
                producer.produce(self.topic, b"{}", b'{"id":%d}' % number, partition)
        assert producer.flush(15) == 0

    def add_partitions(self) -> None:
        self._admin.create_partitions([NewPartitions(self.topic, 12)])[self.topic].result(15)


CHANGES: dict[str, tuple[Callable[[Broker], None], str]] = {
    "deleted": (Broker.delete, "is gone"),
    "recreated": (Broker.recreate, "was recreated"),
    "recreated, as long": (Broker.recreate_as_long, "was recreated"),
    "more partitions": (Broker.add_partitions, "has 12 partitions, and had 3"),
}


changes = pytest.mark.parametrize(("change", "told"), CHANGES.values(), ids=CHANGES.keys())


def refilling(capture: RunningCapture) -> RunningCapture:
    topics = replace(capture.kafka.topics, on_changed="refill")
    capture.kafka = replace(capture.kafka, topics=topics)
    return capture
