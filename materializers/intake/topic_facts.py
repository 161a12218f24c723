"""Facts about topics from the broker: settings, partitions, first offsets."""

from __future__ import annotations

from collections.abc import Iterable

from confluent_kafka import KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # not marked as exported
    ConfigResource,
    OffsetSpec,
    ResourceType,
)

from cdc.config import Kafka
from cdc.errors import BrokerError
from materializers.intake.broker import METADATA_TIMEOUT_S, admin_client

Place = tuple[str, int]


def settings_of(
    kafka: Kafka, topics: Iterable[str], timeout_s: float = METADATA_TIMEOUT_S
) -> dict[str, dict[str, str]]:
    """Each topic's settings, by Kafka's names. Raises BrokerError, also where this user may not
    read them."""
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in topics]
    if not resources:
        return {}
    admin = admin_client(kafka)
    try:
        futures = admin.describe_configs(resources, request_timeout=timeout_s)
        return {
            resource.name: {n: str(entry.value) for n, entry in future.result().items()}
            for resource, future in futures.items()
        }
    except KafkaException as error:
        raise _failed(kafka, "settings", error) from error


def places_of(kafka: Kafka, topics: Iterable[str]) -> list[Place]:
    """Every partition of these topics. Raises BrokerError."""
    admin = admin_client(kafka)
    try:
        wanted = TopicCollection(list(topics))
        futures = admin.describe_topics(wanted, request_timeout=METADATA_TIMEOUT_S)
        counts = {topic: len(future.result().partitions) for topic, future in futures.items()}
    except KafkaException as error:
        raise _failed(kafka, "partitions", error) from error
    return [(topic, number) for topic, count in counts.items() for number in range(count)]


def first_offsets(kafka: Kafka, places: Iterable[Place]) -> dict[Place, int]:
    """The first offset of each partition. Raises BrokerError."""
    earliest = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
    admin = admin_client(kafka)
    try:
        futures = admin.list_offsets(
            {TopicPartition(*place): earliest for place in places},
            request_timeout=METADATA_TIMEOUT_S,
        )
        return {(p.topic, p.partition): future.result().offset for p, future in futures.items()}
    except KafkaException as error:
        raise _failed(kafka, "beginnings", error) from error


def _failed(kafka: Kafka, what: str, error: KafkaException) -> BrokerError:
    reason = error.args[0].str()
    return BrokerError(f"Asking Kafka at {kafka.address} for the topics' {what} failed: {reason}.")
