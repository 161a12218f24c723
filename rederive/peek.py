"""Reads a topic for people: records in order of offset, values decoded."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from cdc.config import Kafka
from cdc.errors import BrokerError
from cdc.position import Lsn
from materializers.errors import MissingTopic
from materializers.intake.broker import METADATA_TIMEOUT_S, consumer, partitions_of

POLL_S = 0.25
NAMES_MAX = 20


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin. `offset`: None for the beginning, or with `is_following` for the end.
    `partition`: None for all. `is_following`: go on at the end."""

    offset: int | None = None
    partition: int | None = None
    is_following: bool = False


@dataclass(frozen=True, slots=True)
class Peeked:
    """One record. `op`: Debezium's letter, `-` for a tombstone, "" for no envelope."""

    partition: int
    offset: int
    op: str
    key: Any
    value: Any
    timestamp_ms: int

    @property
    def position(self) -> str:
        """The commit position of a change; "" where the record has none."""
        source = self.value.get("source") if isinstance(self.value, dict) else None
        position = source.get("commit_lsn") if isinstance(source, dict) else None
        return str(Lsn(position)) if isinstance(position, int) else ""


def peek_topic(kafka: Kafka, topic: str, start: Start) -> Iterator[Peeked | None]:
    """Committed records of a topic; None whenever none arrived for POLL_S.

    Ends at the end of every partition; never if it follows. Raises BrokerError.
    """
    client = consumer(kafka)
    try:
        try:
            places = _places(kafka, client, topic, start)
        except MissingTopic as missing:
            raise _no_topic(client, topic) or missing from missing
        client.assign(places)
        waiting = {place.partition for place in places}
        deadline = time.monotonic() + METADATA_TIMEOUT_S
        while waiting or start.is_following:
            message = client.poll(POLL_S)
            if message is None:
                if time.monotonic() > deadline and not start.is_following:
                    raise BrokerError(f"Topic {topic} could not be read to its end.")
                yield None
                continue
            deadline = time.monotonic() + METADATA_TIMEOUT_S
            error = message.error()
            if error is None:
                yield _decoded(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                waiting.discard(message.partition() or 0)
            elif not error.retriable():
                raise BrokerError(f"Reading {topic} failed: {error.str()}.")
    except KafkaException as error:
        raise BrokerError(f"Reading {topic} failed: {error.args[0].str()}.") from error
    finally:
        client.close()


def _no_topic(client: Consumer, topic: str) -> BrokerError | None:
    """The error that names existing topics instead; None where the source has none."""
    source = topic.split(".", 1)[0]
    topics = client.list_topics(timeout=METADATA_TIMEOUT_S).topics
    known = [name.removeprefix(f"{source}.") for name in topics if name.startswith(f"{source}.")]
    if not known:
        return None
    asked = topic.removeprefix(f"{source}.")
    alike = [name for name in known if name.endswith(f".{asked}")]
    alike = alike or difflib.get_close_matches(asked, known, 3) or sorted(known)
    return BrokerError(
        f"Topic {topic} does not exist.", fix=f"name one of {', '.join(alike[:NAMES_MAX])}"
    )


def _places(kafka: Kafka, client: Consumer, topic: str, start: Start) -> list[TopicPartition]:
    partitions = partitions_of(kafka, client, topic)
    if start.partition is not None:
        if start.partition not in partitions:
            raise BrokerError(
                f"Topic {topic} has no partition {start.partition}.",
                fix=f"choose from 0 to {max(partitions)}",
            )
        partitions = [start.partition]
    return [TopicPartition(topic, each, _first(client, topic, each, start)) for each in partitions]


def _first(client: Consumer, topic: str, partition: int, start: Start) -> int:
    """The offset to begin at, within those the partition has: Kafka refuses others."""
    if start.offset is None:
        return OFFSET_END if start.is_following else OFFSET_BEGINNING
    place = TopicPartition(topic, partition)
    low, high = client.get_watermark_offsets(place, timeout=METADATA_TIMEOUT_S)
    return max(low, min(high, start.offset))


def _decoded(message: Message) -> Peeked:
    value = _json(message.value())
    op = "-" if value is None else ""
    if isinstance(value, dict) and "op" in value:
        op = str(value["op"])
    return Peeked(
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        op=op,
        key=_json(message.key()),
        value=value,
        timestamp_ms=message.timestamp()[1],
    )


def _json(text: str | bytes | None) -> Any:
    """The JSON value, or the text itself where it is no JSON."""
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.decode(errors="replace") if isinstance(text, bytes) else text
