"""Where capture left off: the newest committed cut, and every table's newest schema.

Read after the transactions of a former writer are ended (`init_transactions`), so that the end of
a topic is the last thing that was committed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from cdc.broker import REQUEST_TIMEOUT_S, broker_errors, checkpoint_consumer
from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic
from cdc.errors import BrokerError

TAIL_RECORDS = 16


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`cut` is None where nothing was ever captured; `schemas` by `schema.table`."""

    cut: Cut | None
    schemas: dict[str, TableSchema]


def read_checkpoint(kafka: Kafka, source: str) -> Checkpoint:
    """Read both topics to their committed ends; they must exist. Raises BrokerError."""
    client = checkpoint_consumer(kafka)
    try:
        with broker_errors(kafka, "read the checkpoint from"):
            return Checkpoint(_newest_cut(client, source), _schemas(client, source))
    finally:
        client.close()


def _newest_cut(client: Consumer, source: str) -> Cut | None:
    place = TopicPartition(cuts_topic(source), 0)
    low, high = client.get_watermark_offsets(place, timeout=REQUEST_TIMEOUT_S)
    behind = TAIL_RECORDS
    while True:
        first = max(low, high - behind)
        values = [value for _, value in _records(client, place.topic, first, high)]
        if values or first == low:
            return Cut.from_json(values[-1]) if values else None
        # Markers and aborted records only: look further back.
        behind *= 16


def _schemas(client: Consumer, source: str) -> dict[str, TableSchema]:
    topic = schemas_topic(source)
    low, high = client.get_watermark_offsets(TopicPartition(topic, 0), timeout=REQUEST_TIMEOUT_S)
    newest: dict[bytes, bytes | None] = dict(_records(client, topic, low, high))
    schemas = (TableSchema.from_json(value) for value in newest.values() if value is not None)
    return {schema.table: schema for schema in schemas}


def _records(client: Consumer, topic: str, first: int, end: int) -> Iterator[tuple[bytes, Any]]:
    """Keys and values of the committed records from `first` to the topic's end."""
    if first >= end:
        return
    client.assign([TopicPartition(topic, 0, first)])
    deadline = time.monotonic() + REQUEST_TIMEOUT_S
    while time.monotonic() < deadline:
        message: Any = client.poll(0.2)
        if message is None:
            continue
        error = message.error()
        if error is None:
            deadline = time.monotonic() + REQUEST_TIMEOUT_S
            yield message.key(), message.value()
        elif error.code() == KafkaError._PARTITION_EOF:
            return
        elif not error.retriable():
            raise BrokerError(f"Reading topic {topic} failed: {error.str()}.")
    raise BrokerError(f"Topic {topic} was not read to its end within {REQUEST_TIMEOUT_S:.0f} s.")
