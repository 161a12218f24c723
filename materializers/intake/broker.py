"""Makes all Kafka clients of this package.

Consumers read committed records, in bulk, and store no offsets at the broker. The producer is
idempotent, and a record counts as written once all in-sync replicas have it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicCollection
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # not marked as exported
    AdminClient,
    NewTopic,
)

from cdc.config import Kafka
from cdc.errors import BrokerError, PreflightError
from cdc.kafka_tls import SETTINGS, fault_of
from materializers.errors import MissingTopic

METADATA_TIMEOUT_S = 15.0
STATISTICS_INTERVAL_MS = 2_000

# librdkafka's default back-off of one second between full queues starves a fast reader.
BULK_READ_SETTINGS: dict[str, str | int | bool] = {
    "fetch.queue.backoff.ms": 5,
    "fetch.message.max.bytes": 4_000_000,
    "queued.max.messages.kbytes": 65_536,
    "queued.min.messages": 200_000,
    "check.crcs": False,
}


# Read the ends of quiet topics, where the broker would wait for more records.
TAIL_READ_SETTINGS: dict[str, str | int | bool] = {"fetch.wait.max.ms": 10}


def consumer(
    kafka: Kafka,
    tuning: Mapping[str, str | int | bool] = BULK_READ_SETTINGS,
    on_error: Callable[[KafkaError], None] = lambda error: None,
    on_statistics: Callable[[str], None] | None = None,
) -> Consumer:
    """A consumer assigned by hand, which commits no offsets and reports partition ends.

    The project's settings override `tuning` (librdkafka settings). A position that no longer exists
    is an error. The polling thread calls `on_error` for errors of no partition (a broker is away, a
    login refused), and every two seconds `on_statistics` with librdkafka's JSON (STATISTICS.md).
    Raises PreflightError for a setting that librdkafka refuses.
    """
    statistics: dict[str, Any] = {}
    if on_statistics is not None:
        statistics = {"stats_cb": on_statistics, "statistics.interval.ms": STATISTICS_INTERVAL_MS}
    made: Consumer = _made(
        Consumer,
        {
            **statistics,
            **kafka.topics.as_consumer(),
            **tuning,
            **{name: str(value) for name, value in kafka.settings.items()},
            "group.id": "rederive-reader",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",
            "error_cb": on_error,
        },
    )
    return made


def admin_client(kafka: Kafka) -> AdminClient:
    """A client for metadata; it does not log a broker that is away, as the consumer reports it."""
    settings = {name: str(value) for name, value in kafka.settings.items()}
    made: AdminClient = _made(AdminClient, {**settings, "log_level": 0})
    return made


def _made(kind: type[Any], settings: Mapping[str, Any]) -> Any:
    """A client of librdkafka's with these settings."""
    try:
        return kind(dict(settings), logger=logging.getLogger("rederive.kafka"))
    except KafkaException as error:
        reason = error.args[0].str()
    except (TypeError, ValueError) as error:
        reason = str(error)
    raise PreflightError(
        f"No client of Kafka can be made: {reason}.", fix="correct the setting under [kafka]"
    )


def producer(kafka: Kafka) -> Producer:
    """A producer of records up to the topics' limit. Raises PreflightError for a setting that
    librdkafka refuses."""
    made: Producer = _made(
        Producer,
        {
            **kafka.topics.as_producer(),
            **{name: str(value) for name, value in kafka.settings.items()},
            "enable.idempotence": True,
            "acks": "all",
            "log_level": 0,
        },
    )
    return made


def create_topic(kafka: Kafka, topic: str) -> None:
    """Create a compacted topic of one partition, unless it exists. Raises BrokerError."""
    settings = {name: str(value) for name, value in kafka.settings.items()}
    admin = _made(AdminClient, {**settings, "log_level": 0})
    wanted = kafka.topics
    new = NewTopic(topic, 1, wanted.replication_factor, config=wanted.as_kafka())
    try:
        admin.create_topics([new])[topic].result(METADATA_TIMEOUT_S)
    except KafkaException as error:
        cause = error.args[0]
        if cause.code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise BrokerError(
                f"Topic {topic} cannot be made in Kafka at {kafka.address}: {cause.str()}.",
                fix="grant materialize CREATE on it, or make it: compacted, one partition",
            ) from error


class TopicIds:
    """Asks for topics' ids: one deleted and made again has another id."""

    def __init__(self, kafka: Kafka) -> None:
        self._address = kafka.address
        self._admin: AdminClient | None = admin_client(kafka)

    def close(self) -> None:
        """Destroy the client now, and not in an arbitrary thread of the garbage collector."""
        self._admin = None

    def read(self, topics: Iterable[str], timeout_s: float = METADATA_TIMEOUT_S) -> dict[str, str]:
        """The ids of those topics that exist. Raises BrokerError."""
        if self._admin is None:
            raise BrokerError(f"The client of Kafka at {self._address} is closed.")
        ids, wanted = {}, TopicCollection(list(topics))
        futures = self._admin.describe_topics(wanted, request_timeout=timeout_s)
        for topic, future in futures.items():
            try:
                ids[topic] = str(future.result().topic_id)
            except KafkaException as error:
                cause = error.args[0]
                if cause.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise BrokerError(
                        f"Looking at topic {topic} of Kafka at {self._address} failed: "
                        f"{cause.str()}."
                    ) from error
        return ids


def has_broker(statistics: str) -> bool:
    """Whether librdkafka is connected to a broker."""
    brokers = orjson.loads(statistics)["brokers"].values()
    return any(broker["state"] == "UP" and broker["nodeid"] >= 0 for broker in brokers)


def partitions_of(
    kafka: Kafka, client: Consumer, topic: str, timeout_s: float = METADATA_TIMEOUT_S
) -> list[int]:
    """A topic's partitions. Raises MissingTopic, BrokerError."""
    try:
        metadata = client.list_topics(topic, timeout=timeout_s).topics[topic]
    except KafkaException as error:
        if (fault := fault_of(kafka, error.args[0].str())) is not None:
            message = f"TLS to Kafka at {kafka.address} fails: {fault.value}."
            raise BrokerError(message, fix=SETTINGS.fix(fault)) from error
        raise BrokerError(
            f"Kafka does not answer: {error.args[0].str()}.",
            fix="start it (`rederive up` for the local servers) or correct "
            '"bootstrap.servers" in rederive.toml',
        ) from error
    if metadata.error is not None or not metadata.partitions:
        raise MissingTopic(
            f"Topic {topic} does not exist.", fix="start `rederive capture`, which creates it"
        )
    return sorted(metadata.partitions)
