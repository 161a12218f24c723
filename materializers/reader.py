"""Reading the topics: from record to batch, one cut at a time.

A reader follows the cuts topic and the topics of the tables it needs with one consumer, and hands
out batches that end exactly at a cut. It keeps no position of its own: `start` is told where to
begin, and each batch says where the next one begins.

A partition has reached a cut when a record or the partition's end-of-partition event lies at or
past the cut's end offset. Records are never counted: compaction leaves holes and transactions
leave markers (KIP-98).
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic, table_topic
from cdc.errors import BrokerError, ContractError
from materializers.batch import Batch, Records
from materializers.broker import consumer, partitions_of
from materializers.tail import offset_before, read_newest_cut

CONSUME_RECORDS_MAX = 10_000
CUTS_LOOKBACK_MS = 60_000

Place = tuple[str, int]


class Reader:
    """Batches of one source's changes for the tables named, exact at cuts.

    `tables` are `schema.table`; `batch_rows_max` bounds what is held before a part is handed
    out. Raises BrokerError where Kafka does not answer or a table has no topic.
    """

    def __init__(
        self, kafka: Kafka, source: str, tables: Iterable[str], *, batch_rows_max: int = 500_000
    ) -> None:
        self._kafka, self._source = kafka, source
        self._batch_rows_max = batch_rows_max
        self._compaction_lag_ms = kafka.topics.min_compaction_lag_ms
        self._cuts, self._schemas = cuts_topic(source), schemas_topic(source)
        self._tables = {table_topic(source, table): table for table in tables}
        self._consumer: Consumer = consumer(kafka)
        self._pending: dict[Place, Records] = {}
        self._reached: dict[Place, int] = {}
        self._known: deque[Cut] = deque()
        self._newest_at_start: Cut | None = None
        self._taken: dict[str, list[int]] = {}
        self.newest: Cut | None = None

    def start(self, offsets: Mapping[str, Sequence[int]], cut: Cut | None) -> None:
        """Begin at these offsets (offset zero for topics not named), behind `cut`."""
        self._newest_at_start = read_newest_cut(self._kafka, self._source)
        places = []
        for topic in (*self._tables, self._schemas):
            first = list(offsets.get(topic, ()))
            for partition in partitions_of(self._consumer, topic):
                begin = first[partition] if partition < len(first) else 0
                self._pending[topic, partition] = Records()
                self._reached[topic, partition] = begin
                places.append(TopicPartition(topic, partition, begin or OFFSET_BEGINNING))
            self._taken[topic] = [
                self._reached[topic, p.partition] for p in places if p.topic == topic
            ]
        places.append(TopicPartition(self._cuts, 0, self._first_cut_offset(cut)))
        self._consumer.assign(places)

    def _first_cut_offset(self, cut: Cut | None) -> int:
        since = cut or self._newest_at_start
        if since is None:
            return OFFSET_BEGINNING
        return offset_before(self._consumer, self._cuts, since.published_at_ms - CUTS_LOOKBACK_MS)

    def read(
        self, timeout_s: float, *, after: Cut | None = None, upto: int | None = None
    ) -> Batch | None:
        """The next batch behind `after`, or None where no later cut came within the time.

        With `upto`, no record of a cut whose version is above it is handed out.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            # A cut that was read with an earlier one is there already: nothing more may ever come
            is_there = self._newest_reached(after, upto) is not None
            got = self._poll(0.0 if is_there else max(0.0, deadline - time.monotonic()))
            reached = self._newest_reached(after, upto)
            is_full = self._pending_rows() >= self._batch_rows_max
            if reached is not None and (is_full or got < CONSUME_RECORDS_MAX):
                return self._take(reached, is_exact=self._is_exact(reached))
            if is_full and (target := self._newest_known(upto)) is not None:
                part = self._take(target, is_exact=False)
                if part.rows:
                    return part
            if time.monotonic() >= deadline:
                return None

    @property
    def records_to_read(self) -> int:
        """How far the newest cut's end offsets lie from offset zero: an upper bound, as
        compaction leaves holes; 0 where there is no cut."""
        cut = self.newest or self._newest_at_start
        return 0 if cut is None else sum(sum(cut.offsets.get(topic, ())) for topic in self._tables)

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    # ------------------------------------------------------------------ records in

    def _poll(self, timeout_s: float) -> int:
        first = self._consumer.poll(timeout_s)
        if first is None:
            return 0
        # Any: the client types every field as optional, though a record has them all.
        messages: list[Any] = [first, *self._consumer.consume(CONSUME_RECORDS_MAX - 1, 0)]
        pending, reached, cuts = self._pending, self._reached, self._cuts
        for message in messages:
            if message.error() is not None:
                self._event(message)
                continue
            topic = message.topic()
            if topic == cuts:
                self._learn(message)
                continue
            partition, offset = message.partition(), message.offset()
            records = pending[topic, partition]
            records.keys.append(message.key())
            records.values.append(message.value())
            records.partitions.append(partition)
            records.offsets.append(offset)
            reached[topic, partition] = offset + 1
        return len(messages)

    def _event(self, message: Any) -> None:
        error = message.error()
        if error.code() == KafkaError._PARTITION_EOF:
            place = (message.topic(), message.partition())
            if place in self._reached:
                self._reached[place] = max(self._reached[place], message.offset())
            return
        if error.code() in (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT):
            return  # librdkafka reconnects by itself and the positions stay as they are
        raise BrokerError(
            f"Reading {message.topic()} of Kafka at {self._kafka.address} failed: {error.str()}.",
            fix="if the topic was made anew, rebuild the views from offset zero",
        )

    def _learn(self, message: Any) -> None:
        value = message.value()
        if value is None:
            raise ContractError(f"Topic {self._cuts} holds a tombstone at {message.offset()}.")
        cut = Cut.from_json(value)
        if self.newest is None or cut.version > self.newest.version:
            self.newest = cut
        if cut.snapshot is None:
            self._known.append(cut)

    # ------------------------------------------------------------------ cuts

    def _newest_reached(self, after: Cut | None, upto: int | None) -> Cut | None:
        """Forget cuts that lie behind, and find the newest one that every partition is past."""
        floor = after.version if after is not None else -1
        if self._newest_at_start is not None and after is None:
            floor = max(floor, self._newest_at_start.version - 1)
        while self._known and self._known[0].version <= floor:
            self._known.popleft()
        newest = None
        while self._known and (upto is None or self._known[0].version <= upto):
            if not self._is_reached(self._known[0]):
                break
            newest = self._known.popleft()
        if newest is not None:
            self._known.appendleft(newest)
        return newest

    def _is_reached(self, cut: Cut) -> bool:
        return all(
            self._reached[topic, partition] >= end
            for topic in self._taken
            for partition, end in enumerate(cut.offsets.get(topic, ()))
            if (topic, partition) in self._reached
        )

    def _newest_known(self, upto: int | None) -> Cut | None:
        cuts = [c for c in self._known if upto is None or c.version <= upto]
        return cuts[-1] if cuts else None

    def _is_exact(self, cut: Cut) -> bool:
        """Compaction keeps every version younger than its lag; behind the newest cut that was
        there when reading began, nothing older can have been removed either."""
        start = self._newest_at_start
        is_young = cut.published_at_ms > time.time() * 1000 - self._compaction_lag_ms
        return is_young or start is None or cut.version >= start.version

    # ------------------------------------------------------------------ batches out

    def _pending_rows(self) -> int:
        return sum(len(records) for records in self._pending.values())

    def _take(self, cut: Cut, *, is_exact: bool) -> Batch:
        taken: dict[str, Records] = {}
        for (topic, partition), records in self._pending.items():
            ends = cut.offsets.get(topic, ())
            end = ends[partition] if partition < len(ends) else 0
            count = bisect_left(records.offsets, end)
            if count:
                _move(records, taken.setdefault(topic, Records()), count)
            done = min(end, self._reached[topic, partition])
            self._taken[topic][partition] = max(self._taken[topic][partition], done)
        while self._known and self._known[0].version < cut.version:
            self._known.popleft()
        schemas = taken.pop(self._schemas, None)
        return Batch(
            cut=cut,
            records={self._tables[topic]: records for topic, records in taken.items()},
            schemas=_read_schemas(schemas) if schemas else {},
            offsets={topic: tuple(ends) for topic, ends in self._taken.items()},
            is_exact=is_exact,
        )


def _move(source: Records, target: Records, count: int) -> None:
    for name in ("keys", "values", "partitions", "offsets"):
        column = getattr(source, name)
        if count == len(column):
            getattr(target, name).extend(column)
            setattr(source, name, [])
        else:
            getattr(target, name).extend(column[:count])
            del column[:count]


def _read_schemas(records: Records) -> dict[str, TableSchema]:
    schemas = (TableSchema.from_json(value) for value in records.values if value is not None)
    return {schema.table: schema for schema in schemas}
