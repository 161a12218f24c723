"""Receives records from Kafka in a thread of its own, and holds them until they are handed out.

So records arrive while the engine applies others. Once full, the thread waits until the reader has
taken what is here: on two cores, receiving beside the engine without a pause gains nothing (68 ms
against 70-85 ms for a batch of 20,000 rows), as both need the interpreter. Messages are sorted in
bulk, field by field: a loop over messages costs as much as receiving them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import compress, groupby, repeat
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from cdc.contract.cut import Cut
from cdc.errors import BrokerError, ContractError
from materializers.errors import TopicMoved
from materializers.intake.batch import Records

CONSUME_RECORDS_MAX = 10_000
_STOP_WAIT_S = 0.1
_MOVED = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.UNKNOWN_TOPIC_ID,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
    KafkaError.OFFSET_OUT_OF_RANGE,
    KafkaError._AUTO_OFFSET_RESET,
)
"""The topic is gone, or does not hold the requested offset."""

Place = tuple[str, int]


class Intake:
    """Receives from an assigned consumer. Fields are read and changed under `moved`.

    `topics`: those of cuts and schemas. `reached`: (topic, partition) -> the offset before which
    everything is here or was handed out. Holds at most about `rows_max` records, more only if the
    reader waits for them. `known`: cuts received, in order. `newest`: the newest cut received.
    """

    def __init__(
        self,
        client: Consumer,
        topics: tuple[str, str],
        reached: Mapping[Place, int],
        rows_max: int,
        address: str,
    ) -> None:
        self._client, self._rows_max, self._address = client, rows_max, address
        self._cuts, self._schemas = topics
        self.moved = threading.Condition()
        self.pending = {place: Records() for place in reached}
        self.reached = dict(reached)
        self.known: deque[Cut] = deque()
        self.newest: Cut | None = None
        self._is_awaited = False
        self._is_stopped = self._has_begun = False
        self._paused: frozenset[Place] = frozenset()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._receive, name="intake", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop receiving; may be called repeatedly."""
        with self.moved:
            self._is_stopped = True
            self.moved.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def is_full(self) -> bool:
        return sum(map(len, self.pending.values())) >= self._rows_max

    def wait(self, timeout_s: float) -> None:
        """Wait, under `moved`, until something arrives. Raises what receiving raised: TopicMoved,
        BrokerError, ContractError."""
        if self._failure is not None:
            raise self._failure
        self._is_awaited = True
        self.moved.notify_all()
        self.moved.wait(timeout_s)
        self._is_awaited = False

    # ------------------------------------------------------------------ the receiving thread

    def _receive(self) -> None:
        try:
            while self._has_room():
                self._pace()
                first = self._client.poll(_STOP_WAIT_S)
                if first is not None:
                    self._take([first, *self._client.consume(CONSUME_RECORDS_MAX - 1, 0)])
        except KafkaException as error:
            message = f"Reading from Kafka at {self._address} failed: {error.args[0].str()}."
            self._fail(BrokerError(message))
        except Exception as error:  # raised in the reader's thread
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        with self.moved:
            self._failure = error
            self.moved.notify_all()

    def _pace(self) -> None:
        """Pause partitions. Full without a known cut, receive only cuts: a copied table may publish
        any amount between two cuts. While schemas are missing, receive only them: parts of a batch
        need them (`Reader._next`)."""
        with self.moved:
            wanted: frozenset[Place] = frozenset()
            if self.is_full and not self.known:
                wanted = frozenset(self.pending)
            elif self._lacks_schemas():
                wanted = frozenset(p for p in self.pending if p[0] != self._schemas)
        for places, change in (
            (wanted - self._paused, self._client.pause),
            (self._paused - wanted, self._client.resume),
        ):
            if places:
                change([TopicPartition(*place) for place in places])
        self._paused = wanted

    def _lacks_schemas(self) -> bool:
        if not self.known:
            return not self._has_begun
        ends = self.known[-1].offsets.get(self._schemas, ())
        lacks = any(self.reached[self._schemas, n] < end for n, end in enumerate(ends))
        self._has_begun |= not lacks
        return lacks

    def _has_room(self) -> bool:
        """Wait until more may be received. False: stop."""
        with self.moved:
            while not self._is_stopped and not self._is_awaited and self.is_full:
                self.moved.wait()
            return not self._is_stopped

    def _take(self, messages: list[Any]) -> None:
        with self.moved:
            self._sort(messages)
            self._is_awaited = False  # if this is not enough, the reader waits again
            self.moved.notify_all()

    def _sort(self, messages: list[Any]) -> None:
        errors = list(map(Message.error, messages))
        if any(errors):
            for message in compress(messages, errors):
                self._event(message)
            messages = [m for m, error in zip(messages, errors, strict=True) if error is None]
        topics, partitions = map(Message.topic, messages), map(Message.partition, messages)
        places: Iterator[Any] = zip(topics, partitions, strict=True)
        start = 0
        for place, run in groupby(places):
            end = start + sum(1 for _ in run)
            if place[0] == self._cuts:
                for message in messages[start:end]:
                    self._learn(message)
            else:
                self._add(place, messages[start:end])
            start = end

    def _add(self, place: Place, messages: list[Any]) -> None:
        # Any: the client's types are optional, but a record has every field
        field: Any = Message
        records, offsets = self.pending[place], list(map(field.offset, messages))
        records.keys.extend(map(field.key, messages))
        records.values.extend(map(field.value, messages))
        records.partitions.extend(repeat(place[1], len(messages)))
        records.offsets.extend(offsets)
        self.reached[place] = max(self.reached[place], offsets[-1] + 1)

    def _event(self, message: Any) -> None:
        error = message.error()
        if error.code() == KafkaError._PARTITION_EOF:
            place = (message.topic(), message.partition())
            if place in self.reached:
                self.reached[place] = max(self.reached[place], message.offset())
            return
        if error.code() in (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT):
            return  # librdkafka reconnects, and positions stay
        failure = f"Reading {message.topic()} of Kafka at {self._address} failed: {error.str()}."
        if error.code() in _MOVED:
            raise TopicMoved(
                failure,
                fix="the state was read from another topic of that name: remove the state folder, "
                "start with --take-over, and the views are rebuilt from offset zero",
            )
        if error.code() in (KafkaError.TOPIC_AUTHORIZATION_FAILED,):
            raise BrokerError(failure, fix="allow this user Read and Describe on it")
        raise BrokerError(failure, fix="look at the broker's log")

    def _learn(self, message: Any) -> None:
        value = message.value()
        if value is None:
            raise ContractError(f"Topic {self._cuts} holds a tombstone at {message.offset()}.")
        cut = Cut.from_json(value)
        if self.newest is None or cut.version > self.newest.version:
            self.newest = cut
        if cut.snapshot is None:
            self.known.append(cut)
