"""The topic of dead letters: compacted, one partition, written by the running `materialize`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from cdc.config import Kafka
from cdc.contract.topics import dead_letters_topic
from cdc.errors import BrokerError
from materializers.delivery.dead_letters.letter import Letter
from materializers.errors import MissingTopic
from materializers.intake.broker import (
    TAIL_READ_SETTINGS,
    consumer,
    create_topic,
    partitions_of,
    producer,
)
from materializers.intake.tail import read_newest_values

FLUSH_TIMEOUT_S = 60.0


class DeadLetterTopic:
    """The topic of one source. Used by one thread at a time. Raises BrokerError."""

    def __init__(self, kafka: Kafka, source: str) -> None:
        self.name = dead_letters_topic(source)
        self._kafka = kafka
        self._producer: Producer | None = None
        self._too_long: list[bytes] = []
        self._failed = ""

    def read(self) -> Mapping[bytes, bytes]:
        """Every open letter: key -> value; empty where the topic does not exist."""
        client = consumer(self._kafka, TAIL_READ_SETTINGS)
        try:
            partitions_of(self._kafka, client, self.name)
            newest = read_newest_values(client, self.name)
        except MissingTopic:
            return {}
        finally:
            client.close()
        return {key: value for key, value in newest.items() if value is not None}

    def write(self, letters: Iterable[Letter], gone: Iterable[bytes]) -> None:
        """Write letters, and tombstones for the keys `gone`. On return all in-sync replicas have
        them. A letter too long for the topic is written without its document."""
        by_name = {letter.name: letter for letter in letters}
        self._failed = ""
        for name in gone:
            self._send(name, None)
        for name, letter in by_name.items():
            self._send(name, letter.to_json())
        self._flush()
        too_long, self._too_long = self._too_long, []
        for name in too_long:
            self._send(name, by_name[name].to_json(with_document=False))
        self._flush()
        if self._too_long:
            self._too_long = []
            raise self._refused("its max.message.bytes leaves no room even without the document")

    def close(self) -> None:
        """Destroy the producer now, and not in an arbitrary thread of the garbage collector."""
        self._producer = None

    def _opened(self) -> Producer:
        if self._producer is None:
            create_topic(self._kafka, self.name)
            self._producer = producer(self._kafka)
        return self._producer

    def _send(self, name: bytes, value: bytes | None) -> None:
        client = self._opened()
        deadline = time.monotonic() + FLUSH_TIMEOUT_S
        while True:
            try:
                client.produce(self.name, value, name, on_delivery=self._delivered)
                return
            except BufferError:
                if time.monotonic() > deadline:
                    raise self._refused("took no record") from None
                client.poll(0.1)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.MSG_SIZE_TOO_LARGE:
                    raise self._refused(error.args[0].str()) from error
                self._too_long.append(name)
                return

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            return
        name = message.key()
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE and isinstance(name, bytes):
            self._too_long.append(name)
        else:
            self._failed = error.str()

    def _flush(self) -> None:
        left = self._producer.flush(FLUSH_TIMEOUT_S) if self._producer is not None else 0
        if left or self._failed:
            raise self._refused(self._failed or "acknowledged nothing for a minute")

    def _refused(self, why: str) -> BrokerError:
        return BrokerError(
            f"Topic {self.name} of Kafka at {self._kafka.address}: {why}.",
            fix="look at the broker's log, and at the rights of materialize on this topic",
        )
