"""The one way this package makes clients of Kafka.

Consumers are read-committed, in bulk, their positions kept by us; the producer is idempotent, and a
record counts as written once it is on all replicas that are in step.
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

# A fast reader starves on librdkafka's default back-off of one second between full queues.
BULK_READ_SETTINGS: dict[str, str | int | bool] = {
    "fetch.queue.backoff.ms": 5,
    "fetch.message.max.bytes": 4_000_000,
    "queued.max.messages.kbytes": 65_536,
    "queued.min.messages": 200_000,
    "check.crcs": False,
}


# The ends of quiet topics are what a look at a tail reads: the broker need not wait for more.
TAIL_READ_SETTINGS: dict[str, str | int | bool] = {"fetch.wait.max.ms": 10}


def consumer(
    kafka: Kafka,
    tuning: Mapping[str, str | int | bool] = BULK_READ_SETTINGS,
    on_error: Callable[[KafkaError], None] = lambda error: None,
    on_statistics: Callable[[str], None] | None = None,
) -> Consumer:
    """A consumer that is assigned by hand, commits nothing, and reports partition ends.

    `tuning` are librdkafka settings that the project's own override. A position that no longer
    exists is an error, never a silent jump. The thread that polls tells `on_error` what concerns no
    partition (a broker that is away, a login refused) and every two seconds `on_statistics` how
    librdkafka stands, in its JSON (STATISTICS.md). Raises PreflightError for a setting that
    librdkafka does not take.
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
    """A client for questions; the consumer beside it tells of a broker that is away."""
    settings = {name: str(value) for name, value in kafka.settings.items()}
    made: AdminClient = _made(AdminClient, {**settings, "log_level": 0})
    return made


def _made(kind: type[Any], settings: Mapping[str, Any]) -> Any:
    """A client of librdkafka's with these settings."""
    try:
        return kind(dict(settings), logger=logging.getLogger("rederive.kafka"))
    except KafkaException as error:
        told = error.args[0].str()
    except (TypeError, ValueError) as error:
        told = str(error)
    raise PreflightError(
        f"No client of Kafka can be made: {told}.", fix="correct the setting under [kafka]"
    )


def producer(kafka: Kafka) -> Producer:
    """A producer for records as long as the topics take. Raises PreflightError for a setting that
    librdkafka does not take."""
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
    """Make a compacted topic of one partition, unless it is there. Raises BrokerError."""
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
    """Asks which topics there are now: one that is deleted and made again has another id."""

    def __init__(self, kafka: Kafka) -> None:
        self._address = kafka.address
        self._admin: AdminClient | None = admin_client(kafka)

    def close(self) -> None:
        """End the client here, and not in whatever thread the collector runs."""
        self._admin = None

    def read(self, topics: Iterable[str], timeout_s: float = METADATA_TIMEOUT_S) -> dict[str, str]:
        """The ids of those that there are. Raises BrokerError."""
        if self._admin is None:
            raise BrokerError(f"The client of Kafka at {self._address} is closed.")
        found, wanted = {}, TopicCollection(list(topics))
        futures = self._admin.describe_topics(wanted, request_timeout=timeout_s)
        for topic, future in futures.items():
            try:
                found[topic] = str(future.result().topic_id)
            except KafkaException as error:
                cause = error.args[0]
                if cause.code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                    raise BrokerError(
                        f"Looking at topic {topic} of Kafka at {self._address} failed: "
                        f"{cause.str()}."
                    ) from error
        return found


def has_broker(statistics: str) -> bool:
    """Whether librdkafka is connected to a broker, one that it knows by its number."""
    brokers = orjson.loads(statistics)["brokers"].values()
    return any(broker["state"] == "UP" and broker["nodeid"] >= 0 for broker in brokers)


def partitions_of(
    kafka: Kafka, client: Consumer, topic: str, timeout_s: float = METADATA_TIMEOUT_S
) -> list[int]:
    """The partitions of a topic; raises BrokerError where there is no such topic or no broker."""
    try:
        metadata = client.list_topics(topic, timeout=timeout_s).topics[topic]
    except KafkaException as error:
        if (fault := fault_of(kafka, error.args[0].str())) is not None:
            said = f"TLS to Kafka at {kafka.address} fails: {fault.value}."
            raise BrokerError(said, fix=SETTINGS.fix(fault)) from error
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
