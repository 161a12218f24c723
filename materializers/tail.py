"""Looking at the end of a topic: the newest cut, and all schemas, as of now."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic
from cdc.errors import BrokerError
from materializers.broker import METADATA_TIMEOUT_S, consumer, partitions_of

TAIL_RECORDS = 64


def read_newest_cut(kafka: Kafka, source: str) -> Cut | None:
    """The newest cut record, or None where capture has not written one. Raises BrokerError."""
    topic = cuts_topic(source)
    client = consumer(kafka)
    try:
        partitions_of(client, topic)
        low, high = client.get_watermark_offsets(
            TopicPartition(topic, 0), timeout=METADATA_TIMEOUT_S
        )
        behind = TAIL_RECORDS
        while True:
            first = max(low, high - behind)
            values = [m.value() for m in _records(client, topic, first, high)]
            if values:
                return Cut.from_json(values[-1])
            if first == low:
                return None
            behind *= 16
    except KafkaException as error:
        raise BrokerError(f"Reading {topic} failed: {error.args[0].str()}.") from error
    finally:
        client.close()


def read_schemas(kafka: Kafka, source: str) -> dict[str, TableSchema]:
    """The newest schema of every table captured, by `schema.table`. Raises BrokerError."""
    topic = schemas_topic(source)
    client = consumer(kafka)
    try:
        partitions_of(client, topic)
        low, high = client.get_watermark_offsets(
            TopicPartition(topic, 0), timeout=METADATA_TIMEOUT_S
        )
        schemas = [
            TableSchema.from_json(m.value())
            for m in _records(client, topic, low, high)
            if m.value() is not None
        ]
        return {schema.table: schema for schema in schemas}
    finally:
        client.close()


def offset_before(client: Consumer, topic: str, timestamp_ms: int) -> int:
    """The first offset of partition 0 whose record is not older than the time given."""
    (place,) = client.offsets_for_times(
        [TopicPartition(topic, 0, max(0, timestamp_ms))], timeout=METADATA_TIMEOUT_S
    )
    return int(place.offset)


def _records(client: Consumer, topic: str, first: int, end: int) -> Iterator[Any]:
    """Committed records from `first` to the partition's end as it is now."""
    if first >= end:
        return
    client.assign([TopicPartition(topic, 0, first)])
    deadline = time.monotonic() + METADATA_TIMEOUT_S
    while time.monotonic() < deadline:
        message: Any = client.poll(0.5)
        if message is None:
            continue
        error = message.error()
        if error is None:
            deadline = time.monotonic() + METADATA_TIMEOUT_S
            yield message
        elif error.code() == KafkaError._PARTITION_EOF:
            return
        elif not error.retriable():
            raise BrokerError(f"Reading {topic} failed: {error.str()}.")
    raise BrokerError(
        f"Topic {topic} could not be read to its end within {METADATA_TIMEOUT_S:.0f} s.",
        fix="look at the broker's log; an open transaction of a stopped writer ends by itself",
    )
