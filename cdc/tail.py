"""Reads the end of the two bookkeeping topics: the newest cut, and every table's schema.

Capture finds its checkpoint with it, readers their target. The consumer given must read committed
records only and report ends of partitions; it gets assigned here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic
from cdc.errors import BrokerError
from cdc.settled import once_settled

TAIL_RECORDS = 16
TIMEOUT_S = 30.0


def newest_cut(client: Consumer, source: str, timeout_s: float = TIMEOUT_S) -> Cut | None:
    """The newest committed cut, or None. `timeout_s`: of each request.

    Raises KafkaException; BrokerError where the topic cannot be read to its end."""
    topic = cuts_topic(source)
    low, high = _watermarks(client, topic, timeout_s)
    behind = TAIL_RECORDS
    while True:
        first = max(low, high - behind)
        values = [value for _, _, value in _records(client, topic, first, high, timeout_s)]
        if values or first == low:
            return Cut.from_json(values[-1]) if values else None
        # Only markers and aborted records there: start earlier.
        behind *= 16


def newest_schemas(client: Consumer, source: str) -> dict[str, TableSchema]:
    """The newest schema of every captured table, by `schema.table`. Raises as `newest_cut`."""
    return {table: schema for table, (_, schema) in placed_schemas(client, source).items()}


def placed_schemas(client: Consumer, source: str) -> dict[str, tuple[int, TableSchema]]:
    """The same, each with the offset of its record. Raises as `newest_cut`."""
    newest = _newest(client, schemas_topic(source))
    schemas = ((o, TableSchema.from_json(value)) for o, value in newest.values() if value)
    return {schema.table: (offset, schema) for offset, schema in schemas}


def newest_values(client: Consumer, topic: str) -> dict[bytes, bytes | None]:
    """The newest value of each key of a topic of one partition; None where it is deleted. Raises as
    `newest_cut`."""
    return {key: value for key, (_, value) in _newest(client, topic).items()}


def _newest(client: Consumer, topic: str) -> dict[bytes, tuple[int, Any]]:
    low, high = _watermarks(client, topic)
    return {key: (offset, value) for offset, key, value in _records(client, topic, low, high)}


def _watermarks(client: Consumer, topic: str, timeout_s: float = TIMEOUT_S) -> tuple[int, int]:
    """The first and the end offset of partition 0."""
    place = TopicPartition(topic, 0)
    low, high = once_settled(client, lambda: client.get_watermark_offsets(place, timeout=timeout_s))
    return int(low), int(high)


def _records(
    client: Consumer, topic: str, first: int, end: int, timeout_s: float = TIMEOUT_S
) -> Iterator[tuple[int, bytes, Any]]:
    """The committed records from `first` to before `end`: offset, key, value. The last offset may
    be a transaction marker, and writers may go on: so the end shows in three ways."""
    if first >= end:
        return
    client.assign([TopicPartition(topic, 0, first)])
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        message: Any = client.poll(0.2)
        if message is None:
            continue
        error = message.error()
        if error is None:
            deadline = time.monotonic() + timeout_s
            if message.offset() < end:
                yield message.offset(), message.key(), message.value()
            if message.offset() >= end - 1:
                return
        elif error.code() == KafkaError._PARTITION_EOF:
            return
        elif not error.retriable():
            raise BrokerError(f"Reading topic {topic} failed: {error.str()}.")
    raise BrokerError(
        f"Topic {topic} was not read to its end within {timeout_s:g} s.",
        fix="look at the broker's log; an open transaction of a stopped writer ends by itself",
    )
