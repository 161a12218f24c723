"""Envelopes, schemas and the cut in one Kafka transaction: all of a cut, or nothing of it.

Order within a commit: every record delivered, the ends of the touched partitions asked of the
broker, the cut record, the transaction's commit (KIP-98). Only this process writes to the topics
(a second one fences it), so the ends are exact. An error inside a transaction ends this publisher:
a new one resumes from the newest committed cut.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from confluent_kafka import KafkaException, Producer

from cdc.broker import REQUEST_TIMEOUT_S, Topics, broker_errors, transactional_producer
from cdc.config import Kafka, Source
from cdc.contract.cut import Cut, History, Snapshot
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic
from cdc.errors import BrokerError
from cdc.position import Lsn

FLUSH_TIMEOUT_S = 120.0
RETRIES_MAX = 5


class Publisher:
    """The writer of one source's topics.

    `cut` is the newest committed one, None where there is none yet. `touched` collects the topics
    that records were produced to since then: whoever calls `produce` directly adds to it.
    """

    def __init__(self, source: Source, kafka: Kafka, topics: Topics) -> None:
        self._source, self._kafka, self._topics = source.name, kafka, topics
        self._producer: Producer = transactional_producer(kafka, source.name)
        self._partitions: dict[str, int] = {}
        self._partitions_new = kafka.topics.partitions
        self._is_open = False
        self.cut: Cut | None = None
        self.history = History()
        """What the cuts written from now on say of the log that they are positions of."""
        self.touched: set[str] = set()
        self.produce: Callable[[str, bytes | None, bytes], None] = self._producer.produce
        """librdkafka's own: topic, value, key. BufferError means: `make_room`, then again."""

    def fence(self) -> None:
        """Take over the source's topics: a former writer's open transaction is aborted, and any
        writer that still runs gets FencedError. Raises BrokerError."""
        with broker_errors(self._kafka, "take over the topics in"):
            self._retried(lambda: self._producer.init_transactions(60))

    def resume(self, cut: Cut | None, partitions: dict[str, int]) -> None:
        """Go on behind `cut`, writing to topics of so many partitions."""
        self.cut, self._partitions = cut, dict(partitions)
        self.history = cut.history if cut else History()

    def add_topic(self, topic: str) -> None:
        """Write to one more topic of tables from here on; it is made where it is missing."""
        existing = self._topics.partitions()
        if topic not in existing:
            self._topics.create({topic: self._partitions_new})
        self._partitions[topic] = existing.get(topic, self._partitions_new)

    def begin(self) -> None:
        """Open a Kafka transaction, unless one is open."""
        if not self._is_open:
            with broker_errors(self._kafka, "begin a transaction in"):
                self._producer.begin_transaction()
            self._is_open = True

    def publish(self, topic: str, value: bytes | None, key: bytes) -> None:
        """Produce one record within the open transaction."""
        try:
            self.produce(topic, value, key)
        except BufferError:
            self.make_room()
            self.produce(topic, value, key)
        self.touched.add(topic)

    def make_room(self) -> None:
        """Wait until librdkafka's queue has fallen to half of what it was."""
        waiting = len(self._producer)
        deadline = time.monotonic() + FLUSH_TIMEOUT_S
        while len(self._producer) > waiting // 2:
            self._producer.poll(0.005)
            if time.monotonic() > deadline:
                raise BrokerError(f"Kafka at {self._kafka.address} took no record for two minutes.")

    def serve(self) -> None:
        """Let librdkafka report failed deliveries, which then fail the commit."""
        self._producer.poll(0)

    def schema(self, schema: TableSchema) -> None:
        """Record a table's schema within the open transaction."""
        self.publish(schemas_topic(self._source), schema.to_json(), schema.table.encode())

    def forget(self, table: str) -> None:
        """Record that a table is captured no longer."""
        self.publish(schemas_topic(self._source), None, table.encode())

    def flush(self) -> None:
        """Return once every record produced is acknowledged. Raises BrokerError."""
        with broker_errors(self._kafka, "write to"):
            if self._producer.flush(FLUSH_TIMEOUT_S):
                raise BrokerError(
                    f"Kafka at {self._kafka.address} acknowledged nothing for two minutes.",
                    fix="look at the broker's log and its disk",
                )

    def ends(self, topic: str) -> tuple[int, ...]:
        """The offset behind the last record of each partition, of all that was flushed."""
        count = self._partitions[topic]
        found = self._topics.ends([(topic, partition) for partition in range(count)])
        return tuple(found[topic, partition] for partition in range(count))

    def commit(self, lsn: Lsn, committed_at_us: int, snapshot: Snapshot | None = None) -> Cut:
        """Write the cut at `lsn` and commit everything since the last one with it.

        Raises FencedError where another writer has taken over, BrokerError otherwise; then nothing
        of this transaction will ever be seen.
        """
        version = self.history.version_base + int(lsn)
        assert self.cut is None or version >= self.cut.version, f"the cut would go back to {lsn}"
        self.begin()
        if self.touched:
            self.flush()
        cut = Cut(
            source=self._source,
            lsn=lsn,
            committed_at_us=committed_at_us,
            published_at_ms=time.time_ns() // 1_000_000,
            offsets=self._offsets(),
            snapshot=snapshot,
            history=self.history,
        )
        with broker_errors(self._kafka, "commit a transaction in"):
            self._producer.produce(cuts_topic(self._source), cut.to_json(), self._source.encode())
            self._retried(lambda: self._producer.commit_transaction(FLUSH_TIMEOUT_S))
        self._is_open = False
        self.touched.clear()
        self.cut = cut
        return cut

    def _offsets(self) -> dict[str, tuple[int, ...]]:
        """The last cut's ends, and new ones where something was written since."""
        known = dict(self.cut.offsets) if self.cut else {}
        wanted = self.touched | (self._partitions.keys() - known.keys())
        places = [(topic, part) for topic in wanted for part in range(self._partitions[topic])]
        found = self._topics.ends(places)
        for topic in wanted:
            count = self._partitions[topic]
            known[topic] = tuple(found[topic, partition] for partition in range(count))
        return known

    def _retried(self, request: Callable[[], None]) -> None:
        """Repeat a transactional request while librdkafka calls its error retriable."""
        for attempt in range(RETRIES_MAX):
            try:
                return request()
            except KafkaException as error:
                if not error.args[0].retriable() or attempt == RETRIES_MAX - 1:
                    raise
                time.sleep(0.1 * 2**attempt)

    def close(self) -> None:
        """Abort what is open, so that readers need not wait for its time-out, and let go."""
        if self._is_open:
            self._is_open = False
            try:
                self._producer.purge()
                self._producer.abort_transaction(REQUEST_TIMEOUT_S)
            except KafkaException:
                # The successor's init_transactions aborts it; whatever led here is reported.
                return
