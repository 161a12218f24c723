"""Capture's clients of Kafka, its topics, and what an error of librdkafka means for an operator."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, Producer
from confluent_kafka import TopicPartition as Partition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # not marked as exported
    AdminClient,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from cdc.config import Kafka
from cdc.contract.topics import transactional_id
from cdc.errors import BrokerError, FencedError, PreflightError
from cdc.settled import once_settled

REQUEST_TIMEOUT_S = 15.0
# A source transaction of any size is one Kafka transaction; this is the broker's own default limit.
TRANSACTION_TIMEOUT_MS = 900_000
_FENCED = (KafkaError._FENCED, KafkaError.PRODUCER_FENCED)
_logger = logging.getLogger("rederive.kafka")


def settings(kafka: Kafka) -> dict[str, Any]:
    """The user's settings as librdkafka takes them."""
    return {name: str(value) for name, value in kafka.settings.items()}


def transactional_producer(kafka: Kafka, source: str) -> Producer:
    """The one writer of a source's topics. Raises BrokerError where a setting is wrong."""
    tuned = {
        # Errors alone: a coordinator that still loads is retried, and is no news to anyone.
        "log_level": 3,
        "compression.type": "lz4",
        "linger.ms": 20,
        "batch.num.messages": 10_000,
        "queue.buffering.max.messages": 100_000,
        "queue.buffering.max.kbytes": 49_152,
        "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
    }
    # Set behind the user's own, for exactness hangs on them.
    fixed = {
        "transactional.id": transactional_id(source),
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",
        "delivery.report.only.error": True,
    }
    with broker_errors(kafka, "make a producer for"):
        return Producer({**tuned, **settings(kafka), **fixed}, logger=_logger)


def checkpoint_consumer(kafka: Kafka) -> Consumer:
    """A consumer that reads committed records only, and keeps no position at the broker."""
    fixed = {
        "group.id": "rederive-capture",
        # The ends of quiet topics are what is read: the broker need not wait for more.
        "fetch.wait.max.ms": 10,
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "auto.offset.reset": "error",
    }
    with broker_errors(kafka, "make a consumer for"):
        return Consumer({**settings(kafka), **fixed}, logger=_logger)


class Topics:
    """The topics of a source: their partitions, settings and ends."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        with broker_errors(kafka, "make a client for"):
            self._admin = AdminClient(settings(kafka), logger=_logger)

    def partitions(self) -> dict[str, int]:
        """How many partitions each topic of the cluster has. Raises BrokerError."""
        with broker_errors(self._kafka, "reach"):
            topics = self._admin.list_topics(timeout=REQUEST_TIMEOUT_S).topics
        return {name: len(topic.partitions) for name, topic in topics.items()}

    def create(self, topics: dict[str, int]) -> None:
        """Create compacted topics by name and number of partitions. Raises BrokerError."""
        wanted = self._kafka.topics
        new = [
            NewTopic(name, count, wanted.replication_factor, config=wanted.as_kafka())
            for name, count in topics.items()
        ]
        if not new:
            return
        with broker_errors(self._kafka, "create topics in"):
            for future in self._admin.create_topics(new).values():
                future.result(REQUEST_TIMEOUT_S)
            places = [(topic, part) for topic, count in topics.items() for part in range(count)]
            once_settled(self._admin, lambda: self._ends(places))

    def delete(self, topics: Sequence[str]) -> None:
        """Delete topics. Raises BrokerError."""
        with broker_errors(self._kafka, "delete topics in"):
            for future in self._admin.delete_topics(list(topics)).values():
                future.result(REQUEST_TIMEOUT_S)

    def settings_of(self, topics: Sequence[str]) -> dict[str, dict[str, str]]:
        """Each topic's settings by Kafka's names. Raises BrokerError."""
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in topics]
        if not resources:
            return {}
        with broker_errors(self._kafka, "read the topics' settings of"):
            futures = self._admin.describe_configs(resources)
            return {
                resource.name: {
                    name: str(entry.value)
                    for name, entry in future.result(REQUEST_TIMEOUT_S).items()
                }
                for resource, future in futures.items()
            }

    def ends(self, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The offset behind the last record of each partition, committed or not."""
        if not partitions:
            return {}
        with broker_errors(self._kafka, "read the topics' ends of"):
            return once_settled(self._admin, lambda: self._ends(partitions))

    def _ends(self, partitions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        futures = self._admin.list_offsets(
            {Partition(topic, partition): latest for topic, partition in partitions},
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=REQUEST_TIMEOUT_S,
        )
        return {
            (place.topic, place.partition): future.result(REQUEST_TIMEOUT_S).offset
            for place, future in futures.items()
        }


def unfit_topics(topics: Topics, names: Sequence[str], kafka: Kafka) -> dict[str, str]:
    """Existing topics whose settings break the contract: topic -> the first setting at fault."""
    faults = {}
    for name, found in topics.settings_of(names).items():
        if "compact" not in found.get("cleanup.policy", ""):
            faults[name] = f"cleanup.policy is {found.get('cleanup.policy')}, not compact"
        elif "delete" in found["cleanup.policy"]:
            faults[name] = "cleanup.policy deletes old records too"
        for setting in ("min.compaction.lag.ms", "delete.retention.ms"):
            wanted = int(kafka.topics.as_kafka()[setting])
            if name not in faults and int(found.get(setting, 0)) < wanted:
                faults[name] = f"{setting} is {found.get(setting)}, below {wanted}"
    return faults


@contextmanager
def broker_errors(kafka: Kafka, action: str) -> Iterator[None]:
    """Turn librdkafka's errors into ours: `action` completes "Cannot … Kafka at host:9092"."""
    try:
        yield
    except KafkaException as error:
        raise _translated(kafka, action, error.args[0]) from error
    except TimeoutError as error:
        raise BrokerError(
            f"Cannot {action} Kafka at {kafka.address}: no answer within {REQUEST_TIMEOUT_S:.0f} s."
        ) from error


def _translated(
    kafka: Kafka, action: str, cause: KafkaError
) -> BrokerError | FencedError | PreflightError:
    said = f"Cannot {action} Kafka at {kafka.address}: {cause.str()}."
    if cause.code() in _FENCED:
        return FencedError(
            "Another process captures this source now; this one has stopped.",
            fix="run one capture for each source",
        )
    if cause.code() == KafkaError.INVALID_TRANSACTION_TIMEOUT:
        return PreflightError(
            said, fix="raise the broker's transaction.max.timeout.ms, or lower "
            '"transaction.timeout.ms" under [kafka]'
        )  # fmt: skip
    if cause.code() in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT):
        return BrokerError(
            said, fix='start the broker, or correct "bootstrap.servers" under [kafka]'
        )
    if cause.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL):
        return BrokerError(said, fix="correct the security settings under [kafka]")
    if cause.code() == KafkaError._INVALID_ARG:
        return PreflightError(said, fix="correct the setting under [kafka]")
    return BrokerError(said)
