"""Capture's Kafka clients and topics."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
)
from confluent_kafka import TopicPartition as Partition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # not marked as exported
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from cdc.broker_errors import REQUEST_TIMEOUT_S, Refusals, broker_errors, client_errors
from cdc.config import Kafka
from cdc.contract.topics import transactional_id
from cdc.errors import BrokerError
from cdc.settled import once_settled

# A source transaction of any size is one Kafka transaction. This is the broker's default maximum.
TRANSACTION_TIMEOUT_MS = 900_000
# Brokers learn of a new topic one after another: it counts as absent only after this time.
_ABSENCE_CERTAIN_S = 2.0
_RETRY_PAUSE_S = 0.1
_ATTEMPT_S = 2.0
"""The time of one attempt, after which a refused login is reported; librdkafka only times out."""
_logger = logging.getLogger("rederive.kafka")


def settings(kafka: Kafka) -> dict[str, Any]:
    """The user's settings, as librdkafka wants them."""
    return {name: str(value) for name, value in kafka.settings.items()}


def transactional_producer(kafka: Kafka, source: str) -> Producer:
    """The one writer of a source's topics. Raises PreflightError where a setting is wrong."""
    tuned = {
        # Errors only: librdkafka retries while a coordinator loads, which concerns nobody.
        "log_level": 3,
        "compression.type": "lz4",
        "linger.ms": 20,
        "batch.num.messages": 10_000,
        "queue.buffering.max.messages": 100_000,
        **kafka.topics.as_producer(),
        "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
    }
    # Applied after the user's settings: exactly-once depends on these.
    fixed = {
        "transactional.id": transactional_id(source),
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",
        # Reports of records produced without a callback cost next to nothing.
        "delivery.report.only.error": False,
    }
    with client_errors(kafka):
        return Producer({**tuned, **settings(kafka), **fixed}, logger=_logger)


def checkpoint_consumer(kafka: Kafka, *, are_committed: bool = True) -> Consumer:
    """A consumer of committed records, or of all, which stores no offsets at the broker."""
    fixed = {
        "group.id": "rederive-capture",
        # It reads the ends of quiet topics, where the broker would wait for more records.
        "fetch.wait.max.ms": 10,
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed" if are_committed else "read_uncommitted",
        "auto.offset.reset": "error",
    }
    with client_errors(kafka):
        own = kafka.topics.as_consumer()
        return Consumer({**own, **settings(kafka), **fixed}, logger=_logger)


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies a topic: one deleted and made again has another `id`."""

    id: str
    partitions: int


def changes_of(
    known: Mapping[str, Identity], present: Mapping[str, Identity], names: Iterable[str]
) -> dict[str, str]:
    """What changed: topic -> the change, as a predicate. An empty id is unknown."""
    changes = {}
    for name in names:
        before, now = known[name], present.get(name)
        if now is None:
            changes[name] = "is gone"
        elif before.id and before.id != now.id:
            changes[name] = "was recreated"
        elif before.partitions != now.partitions:
            changes[name] = f"has {now.partitions} partitions, and had {before.partitions}"
    return changes


class Topics:
    """The topics of a source: their identity, settings and ends."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka, self._refusals = kafka, Refusals()
        with client_errors(kafka):
            conf: dict[str, Any] = {**settings(kafka), "error_cb": self._refusals.note}
            self._admin = AdminClient(conf, logger=_logger)

    @contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        """Translates librdkafka's errors, with the reason why connections were refused."""
        with broker_errors(self._kafka, action, self._refusals):
            try:
                yield
            except (KafkaException, TimeoutError):
                self._admin.poll(0)
                raise

    def partitions(self) -> dict[str, int]:
        """How many partitions each topic of the cluster has. Raises BrokerError."""
        deadline = time.monotonic() + REQUEST_TIMEOUT_S
        while True:
            try:
                with self._errors("reach"):
                    topics = self._admin.list_topics(timeout=_ATTEMPT_S).topics
                    return {name: len(topic.partitions) for name, topic in topics.items()}
            except BrokerError:
                if time.monotonic() > deadline:
                    raise

    def identities(self, names: Iterable[str], expected: Iterable[str] = ()) -> dict[str, Identity]:
        """The identities of those topics that exist. Asks again while an expected one is missing,
        as brokers learn of topics one after another. Raises BrokerError."""
        wanted, deadline = list(names), time.monotonic() + _ABSENCE_CERTAIN_S
        while True:
            present = self.ask_identities(wanted)()
            if present.keys() >= set(expected) or time.monotonic() > deadline:
                return present
            time.sleep(_RETRY_PAUSE_S)

    def ask_identities(
        self, names: Sequence[str], timeout_s: float = REQUEST_TIMEOUT_S
    ) -> Callable[[], dict[str, Identity]]:
        """Ask for the identities of topics that this broker knows now. The function returned waits
        for the answer. Both raise BrokerError."""
        self._admin.poll(0)
        futures: dict[str, Future[Any]] = {}
        with self._errors("look at the topics of"):
            if names:
                collection = TopicCollection(list(names))
                futures = self._admin.describe_topics(collection, request_timeout=timeout_s)

        def answer() -> dict[str, Identity]:
            with self._errors("look at the topics of"):
                each = {name: _identity(future, timeout_s) for name, future in futures.items()}
            return {name: identity for name, identity in each.items() if identity is not None}

        return answer

    def create(self, topics: dict[str, int]) -> None:
        """Create compacted topics by name and number of partitions. Raises BrokerError."""
        wanted = self._kafka.topics
        new = [
            NewTopic(name, count, wanted.replication_factor, config=wanted.as_kafka())
            for name, count in topics.items()
        ]
        if not new:
            return
        with self._errors("create topics in"):
            for future in self._admin.create_topics(new).values():
                future.result(REQUEST_TIMEOUT_S)
            places = [(topic, part) for topic, count in topics.items() for part in range(count)]
            once_settled(self._admin, lambda: self._ends(places))

    def delete(self, topics: Sequence[str]) -> None:
        """Delete topics. Raises BrokerError."""
        with self._errors("delete topics in"):
            for future in self._admin.delete_topics(list(topics)).values():
                future.result(REQUEST_TIMEOUT_S)

    def request_bytes_max(self) -> int:
        """The largest request that every broker accepts. Raises BrokerError, PreflightError."""
        with self._errors("read the brokers' settings of"):
            brokers = self._admin.list_topics(timeout=REQUEST_TIMEOUT_S).brokers
            resources = [ConfigResource(ResourceType.BROKER, str(number)) for number in brokers]
            futures = self._admin.describe_configs(resources).values()
            limits = (f.result(REQUEST_TIMEOUT_S)["socket.request.max.bytes"] for f in futures)
            return min(int(str(limit.value)) for limit in limits)

    def set(self, topics: Iterable[str], name: str, value: str) -> None:
        """Set one setting of these topics. Raises BrokerError, PreflightError."""
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resources = [
            ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
            for topic in topics
        ]
        with self._errors(f"set {name} of the topics of"):
            for future in self._admin.incremental_alter_configs(resources).values():
                future.result(REQUEST_TIMEOUT_S)

    def settings_of(self, topics: Sequence[str]) -> dict[str, dict[str, str]]:
        """Each topic's settings, by Kafka's names. Raises BrokerError."""
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in topics]
        if not resources:
            return {}
        with self._errors("read the topics' settings of"):
            futures = self._admin.describe_configs(resources)
            return {
                resource.name: {
                    name: str(entry.value)
                    for name, entry in future.result(REQUEST_TIMEOUT_S).items()
                }
                for resource, future in futures.items()
            }

    def ends(
        self,
        partitions: Sequence[tuple[str, int]],
        while_unsettled: Callable[[], None] = lambda: None,
    ) -> dict[tuple[str, int], int]:
        """The offset after the last record of each partition, committed or not."""
        if not partitions:
            return {}
        with self._errors("read the topics' ends of"):
            return once_settled(self._admin, lambda: self._ends(partitions), while_unsettled)

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
    """Existing topics whose settings break the contract: topic -> its first fault."""
    settings = topics.settings_of(names)
    faults = {name: kafka.topics.fault_of(each) for name, each in settings.items()}
    return {name: fault for name, fault in faults.items() if fault}


def narrow_topics(topics: Topics, names: Sequence[str], kafka: Kafka) -> dict[str, int]:
    """Existing topics whose largest record is below the project's limit: topic -> bytes."""
    settings = topics.settings_of(names)
    limits = {name: int(each.get("max.message.bytes", 0)) for name, each in settings.items()}
    wanted = kafka.topics.max_message_bytes
    return {name: limit for name, limit in limits.items() if limit < wanted}


def _identity(future: Future[Any], timeout_s: float) -> Identity | None:
    try:
        described = future.result(timeout_s + 1)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return None
        raise
    return Identity(str(described.topic_id), len(described.partitions))
