"""Reads the end of a source's topics, with a client of its own."""

from __future__ import annotations

from confluent_kafka import Consumer, KafkaException, TopicPartition

from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic
from cdc.errors import BrokerError
from cdc.tail import newest_cut, newest_schemas, newest_values, placed_schemas
from materializers.errors import MissingTopic
from materializers.intake.broker import (
    METADATA_TIMEOUT_S,
    TAIL_READ_SETTINGS,
    consumer,
    partitions_of,
)


def read_newest_cut(kafka: Kafka, source: str, timeout_s: float = METADATA_TIMEOUT_S) -> Cut | None:
    """The newest cut, or None. `timeout_s`: of each request. Raises BrokerError."""
    client = consumer(kafka, TAIL_READ_SETTINGS)
    try:
        partitions_of(kafka, client, cuts_topic(source), timeout_s)
        return newest_cut(client, source, timeout_s)
    except KafkaException as error:
        raise BrokerError(f"Reading {cuts_topic(source)} failed: {error.args[0].str()}.") from error
    finally:
        client.close()


def read_schemas(kafka: Kafka, source: str) -> dict[str, TableSchema]:
    """The newest schema of every captured table, by `schema.table`. Raises BrokerError."""
    client = consumer(kafka, TAIL_READ_SETTINGS)
    try:
        partitions_of(kafka, client, schemas_topic(source))
        return newest_schemas(client, source)
    except KafkaException as error:
        raise BrokerError(
            f"Reading {schemas_topic(source)} failed: {error.args[0].str()}."
        ) from error
    finally:
        client.close()


def require_capture(kafka: Kafka, source: str) -> None:
    """Raises MissingTopic where no capture has published its tables yet."""
    try:
        if read_schemas(kafka, source):
            return
    except MissingTopic:
        pass
    raise MissingTopic(
        f"No capture has published the tables of {source} yet.", fix="start `rederive capture`"
    )


def read_tail(kafka: Kafka, source: str) -> tuple[Cut | None, dict[str, tuple[int, TableSchema]]]:
    """The newest cut; and by `schema.table` the newest schema with its record's offset. Raises
    BrokerError."""
    topics = cuts_topic(source), schemas_topic(source)
    client = consumer(kafka, TAIL_READ_SETTINGS)
    try:
        for topic in topics:
            partitions_of(kafka, client, topic)
        return newest_cut(client, source), placed_schemas(client, source)
    except KafkaException as error:
        message = f"Reading {' and '.join(topics)} failed: {error.args[0].str()}."
        raise BrokerError(message) from error
    finally:
        client.close()


def read_newest_values(client: Consumer, topic: str) -> dict[bytes, bytes | None]:
    """The newest value of each key of a topic of one partition. Raises BrokerError."""
    try:
        return newest_values(client, topic)
    except KafkaException as error:
        raise BrokerError(f"Reading {topic} failed: {error.args[0].str()}.") from error


def offset_before(client: Consumer, topic: str, timestamp_ms: int) -> int:
    """The first offset of partition 0 with a record at or after that time."""
    (place,) = client.offsets_for_times(
        [TopicPartition(topic, 0, max(0, timestamp_ms))], timeout=METADATA_TIMEOUT_S
    )
    return int(place.offset)
