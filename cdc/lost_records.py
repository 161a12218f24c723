"""Finds topics that lack records which the newest cut counts.

A broker that was killed while it completed a transaction may call it complete, once it is back,
without the markers of some partitions (seen with Kafka 4.4). The cut is committed then, but there
the transaction is still open, and the next one that is aborted takes its records away. The last
record of a partition shows it: it can be read, but not as a committed one. Only the topics' one
writer may ask, after it has fenced others: it has no open transaction.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing

from confluent_kafka import Consumer, KafkaError, TopicPartition

from cdc.broker import checkpoint_consumer
from cdc.broker_errors import broker_errors
from cdc.config import Kafka
from cdc.errors import BrokerError

TIMEOUT_S = 30.0
_NOTHING_THERE = (KafkaError._PARTITION_EOF, KafkaError._AUTO_OFFSET_RESET)
"""The partition ends, or begins, behind that offset."""

Place = tuple[str, int]


def topics_with_lost_records(kafka: Kafka, ends: Mapping[str, tuple[int, ...]]) -> set[str]:
    """Those of the topics whose last record before their ends is there, but not committed. `ends`:
    of each partition in the newest cut. Raises BrokerError."""
    last = {
        (topic, part): end - 1
        for topic, parts in ends.items()
        for part, end in enumerate(parts)
        if end
    }
    unseen = last.keys() - _readable(kafka, last, are_committed=True)
    there = _readable(kafka, {place: last[place] for place in unseen}, are_committed=False)
    return {topic for topic, _ in there}


def _readable(kafka: Kafka, offsets: Mapping[Place, int], *, are_committed: bool) -> set[Place]:
    """The partitions in which a record can be read at that offset."""
    if not offsets:
        return set()
    with (
        broker_errors(kafka, "read the ends of the topics in"),
        closing(checkpoint_consumer(kafka, are_committed=are_committed)) as client,
    ):
        client.assign([TopicPartition(*place, offset) for place, offset in offsets.items()])
        return _read(client, offsets)


def _read(client: Consumer, offsets: Mapping[Place, int]) -> set[Place]:
    readable, waiting = set[Place](), set(offsets)
    deadline = time.monotonic() + TIMEOUT_S
    while waiting:
        if time.monotonic() > deadline:
            raise BrokerError(
                f"The ends of the topics were not read within {TIMEOUT_S:g} s.",
                fix="look at the broker's log",
            )
        for message in client.consume(1_000, 0.2):
            place = str(message.topic()), int(message.partition() or 0)
            error = message.error()
            if error is not None and error.code() not in _NOTHING_THERE:
                if not error.retriable():
                    raise BrokerError(f"Reading topic {place[0]} failed: {error.str()}.")
            elif place in waiting:
                waiting.remove(place)
                if error is None and message.offset() == offsets[place]:
                    readable.add(place)
    return readable
