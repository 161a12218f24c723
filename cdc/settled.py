"""Repeats requests while the broker elects leaders for the partitions of a new topic."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from confluent_kafka import KafkaError, KafkaException

SETTLING_TIMEOUT_S = 30.0
RETRY_PAUSE_S = 0.05
UNSETTLED = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.OFFSET_NOT_AVAILABLE,
    KafkaError._NOENT,
    KafkaError._UNKNOWN_PARTITION,
    KafkaError._UNKNOWN_TOPIC,
)

Answer = TypeVar("Answer")


class HasMetadata(Protocol):
    """An admin client or a consumer."""

    def list_topics(self, *, timeout: float) -> Any:
        """Read the cluster's metadata."""


def once_settled(
    client: HasMetadata,
    request: Callable[[], Answer],
    while_unsettled: Callable[[], None] = lambda: None,
) -> Answer:
    """Repeat the request while the broker reports missing leaders or topics. `while_unsettled` is
    called before each repetition, and may raise.

    Refreshes the client's metadata each time, for librdkafka caches that a topic has no leader.
    Raises KafkaException."""
    deadline = time.monotonic() + SETTLING_TIMEOUT_S
    while True:
        try:
            return request()
        except KafkaException as error:
            if error.args[0].code() not in UNSETTLED or time.monotonic() > deadline:
                raise
            while_unsettled()
            time.sleep(RETRY_PAUSE_S)
            client.list_topics(timeout=SETTLING_TIMEOUT_S)
