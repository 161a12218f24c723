"""Envelopes, schemas and the cut in one Kafka transaction: all of a cut or nothing.

A commit writes the cut record with the ends of the touched partitions, and commits the transaction
(KIP-98) once every record is delivered and the broker has told the topics' identities. Where the
ends can be counted in advance, the cut is sent together with the last records, and the delivery
reports must confirm it. Else it is written once those are delivered, with the ends by the delivery
reports or, where these do not tell, by the broker (ListOffsets). After an error inside a
transaction this publisher is unusable: a new one resumes from the newest committed cut.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from confluent_kafka import KafkaError, KafkaException, Producer

from cdc.broker import Identity, Topics, changes_of, transactional_producer
from cdc.broker_errors import broker_errors, translated
from cdc.config import Kafka, Source
from cdc.contract.cut import Cut, History, Snapshot
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic, table_topic
from cdc.counted_ends import CountedEnds, Ends
from cdc.errors import BrokerError, PassingError, RederiveError, TopicsChanged
from cdc.oversize import record_too_large
from cdc.position import Lsn
from cdc.progress import Counts

FLUSH_TIMEOUT_S = 120.0
INIT_TIMEOUT_S = 60.0
ABORT_TIMEOUT_S = 5.0
WAIT_S = 1.0
"""The longest wait for Kafka before `stop` and the topics are checked."""
STOP_WAIT_S = 5.0
"""How long a stop waits for a broker that does not answer."""
LOOK_TIMEOUT_S = 2.0
ALL_TOPICS_INTERVAL_S = 5.0
"""How often all topics are compared, not only those written to."""


class Publisher:
    """The writer of one source's topics.

    `cut`: the newest committed one, or None. `touched`: the topics with records since that cut;
    a caller of `produce` must add to it. Once `stop` is set, a broker that does not answer is
    given up after STOP_WAIT_S (BrokerError). `uncountable`: topics whose ends were miscounted by
    an earlier publisher, to which this one adds.
    """

    def __init__(
        self,
        source: Source,
        kafka: Kafka,
        topics: Topics,
        stop: threading.Event | None = None,
        uncountable: set[str] | None = None,
    ) -> None:
        self._source, self._kafka, self._topics = source.name, kafka, topics
        self._stop, self._stop_by = stop or threading.Event(), 0.0
        self._producer: Producer = transactional_producer(kafka, source.name)
        self._identities: dict[str, Identity] = {}
        self._all_looked_at = 0.0
        self._is_open = self._has_committed = False
        self._uncountable = set() if uncountable is None else uncountable
        self._counted = CountedEnds(self._producer.produce, self._identities, self._uncountable)
        self.cut: Cut | None = None
        self.history = History()
        """The history written into cuts from now on."""
        self.touched: set[str] = set()
        self.counts = Counts()
        """Counters of what is written; capture replaces them by its own."""

    @property
    def produce(self) -> Callable[[str, bytes | None, bytes], None]:
        """Writes topic, value, key; ask for it anew every few thousand records. On BufferError
        call `make_room` and repeat."""
        return self._counted.produce if self._counted.is_counting else self._producer.produce

    def fence(self) -> None:
        """Take over the source's topics. Aborts a former writer's open transaction; a writer still
        running gets FencedError. Raises BrokerError."""
        with broker_errors(self._kafka, "take over the topics in"):
            self._retried(lambda: self._producer.init_transactions(WAIT_S), INIT_TIMEOUT_S)

    def resume(self, cut: Cut | None, topics: Mapping[str, Identity]) -> None:
        """Continue after `cut`. `topics`: all topics of the source."""
        self.cut, self._identities = cut, dict(topics)
        self._counted = CountedEnds(self._producer.produce, self._identities, self._uncountable)
        self.history = cut.history if cut else History()
        self._all_looked_at = time.monotonic()

    def add_topic(self, topic: str, table_bytes: int = 0) -> None:
        """Add a table's topic to those written to; creates it if missing, for a table of about this
        size."""
        if topic in self._identities:
            return
        if not self._topics.identities([topic]):
            self._topics.create({topic: self._kafka.topics.partitions_of(table_bytes)})
        self._identities |= self._topics.identities([topic], [topic])

    def begin(self) -> None:
        """Open a Kafka transaction, if none is open."""
        if not self._is_open:
            with broker_errors(self._kafka, "begin a transaction in"):
                self._producer.begin_transaction()
            self._is_open = True

    def publish(self, topic: str, value: bytes | None, key: bytes) -> None:
        """Produce one record in the open transaction. Raises PreflightError where it is larger
        than the topics accept."""
        self.touched.add(topic)
        try:
            while True:
                try:
                    return self.produce(topic, value, key)
                except BufferError:
                    if not len(self._producer):
                        raise
                    self.make_room()
        except BufferError as error:
            raise self._too_large(topic, value, key) from error
        except KafkaException as error:
            if error.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE:
                raise self._too_large(topic, value, key) from error
            raise translated(self._kafka, "write to", error.args[0]) from error

    def _too_large(self, topic: str, value: bytes | None, key: bytes) -> RederiveError:
        table = topic.removeprefix(f"{self._source}.")
        return record_too_large(self._kafka, table, key, len(key) + len(value or b""))

    def make_room(self) -> None:
        """Wait until librdkafka's queue has drained to half of its length. Raises BrokerError."""
        waiting = len(self._producer)
        look_at = time.monotonic() + WAIT_S
        deadline = time.monotonic() + FLUSH_TIMEOUT_S
        while len(self._producer) > waiting // 2:
            self._served(lambda: self._producer.poll(0.005))
            if time.monotonic() > look_at:
                self._look_while_waiting()
                look_at = time.monotonic() + WAIT_S
            if time.monotonic() > deadline:
                raise BrokerError(f"Kafka at {self._kafka.address} took no record for two minutes.")

    def serve(self) -> None:
        """Let librdkafka report failed deliveries, which make the next commit fail."""
        self._served(lambda: self._producer.poll(0))

    def schema(self, schema: TableSchema) -> None:
        """Write a table's schema record, with its topic's id, in the open transaction."""
        topic = self._identities.get(table_topic(self._source, schema.table))
        recorded = replace(schema, topic_id=topic.id if topic else "")
        self.publish(schemas_topic(self._source), recorded.to_json(), schema.table.encode())

    def identify(self, schemas: Iterable[TableSchema]) -> None:
        """Add the topic's id to schema records of older versions that lack it."""
        for schema in schemas:
            topic = table_topic(self._source, schema.table)
            if not schema.topic_id and topic in self._identities:
                self.begin()
                self.schema(schema)

    def forget(self, table: str) -> None:
        """Write that a table is no longer captured."""
        self.publish(schemas_topic(self._source), None, table.encode())

    def flush(self) -> None:
        """Wait until every record is acknowledged. Raises BrokerError."""
        with broker_errors(self._kafka, "write to"):
            deadline = time.monotonic() + FLUSH_TIMEOUT_S
            while self._served(lambda: self._producer.flush(WAIT_S)):
                self._look_while_waiting()
                if time.monotonic() > deadline:
                    raise BrokerError(
                        f"Kafka at {self._kafka.address} acknowledged nothing for two minutes.",
                        fix="look at the broker's log and its disk",
                    )

    def _served(self, request: Callable[[], int]) -> int:
        """A request that reports deliveries. The client loses its fatal error where it has any to
        report, and fails with SystemError. Raises KafkaException with that error instead."""
        try:
            return request()
        except SystemError:
            # Refused in an open transaction, and after a fatal error for that.
            self._producer.begin_transaction()
            raise

    def ends(self, topic: str) -> tuple[int, ...]:
        """The offset after the last flushed record of each partition."""
        return self._ends([topic])[topic]

    def commit(self, lsn: Lsn, committed_at_us: int, snapshot: Snapshot | None = None) -> Cut:
        """Write the cut at `lsn` and commit it with everything since the last one.

        Raises FencedError where another writer has taken over, TopicsChanged where the topics have
        changed, else BrokerError. After an error readers see nothing of this transaction.
        """
        version = self.history.version_base + int(lsn)
        assert self.cut is None or version >= self.cut.version, f"the cut would go back to {lsn}"
        self.begin()
        names = self._names_to_compare()
        known = dict(self.cut.offsets) if self.cut else {}
        is_known = not self._unknown_topics(known)
        predicted = self._counted.predicted(self.touched, known) if is_known else None
        ends = self._delivered(known, names) if predicted is None else predicted
        cut = Cut(
            source=self._source,
            lsn=lsn,
            committed_at_us=committed_at_us,
            published_at_ms=time.time_ns() // 1_000_000,
            offsets=known | ends,
            snapshot=snapshot,
            schemas_id=self._identities[schemas_topic(self._source)].id,
            history=self.history,
        )
        with broker_errors(self._kafka, "commit a transaction in"):
            self._producer.produce(cuts_topic(self._source), cut.to_json(), self._source.encode())
        if predicted is not None:
            self._confirm(predicted, names)
        with broker_errors(self._kafka, "commit a transaction in"):
            self._retried(lambda: self._producer.commit_transaction(WAIT_S), FLUSH_TIMEOUT_S)
        self._is_open, self._has_committed = False, True
        self._counted.committed(self.touched)
        self.touched.clear()
        self.cut = cut
        self.counts.cuts += 1
        return cut

    def _unknown_topics(self, known: Ends) -> set[str]:
        return self._identities.keys() - {cuts_topic(self._source)} - known.keys()

    def _delivered(self, known: Ends, names: list[str]) -> Ends:
        """The new ends, once everything is delivered: to topics that are still the same."""
        if self.touched:
            self.flush()
        answer = self._topics.ask_identities(names)
        # What a former writer left behind is seen by asking once.
        counted = self._counted.delivered(self.touched, known) if self._has_committed else None
        unknown = self._unknown_topics(known)
        if counted is None:
            ends = self._ends(self.touched | unknown)
        else:
            ends = counted | (self._ends(unknown) if unknown else {})
        self._require_growth(known, ends)
        self._compare(answer(), names)
        return ends

    def _confirm(self, predicted: Ends, names: list[str]) -> None:
        """Wait until everything is delivered. Raises TopicsChanged; PassingError where the ends are
        not those predicted."""
        self.flush()
        self._compare(self._topics.ask_identities(names)(), names)
        if self._counted.has_failures:
            return  # the commit fails, and tells why
        wrong = self._counted.wrong_topics()
        if unplaced := self._counted.unplaced_topics():
            ends = self._ends(unplaced)
            wrong |= {topic for topic in unplaced if ends[topic] != predicted[topic]}
        if wrong:
            raise PassingError(
                f"Topic {', '.join(sorted(wrong))} has records of another writer; the transaction "
                "is aborted, and written again."
            )

    def _require_growth(self, known: Ends, ends: Ends) -> None:
        cut_back = {
            topic: "ends before the newest cut"
            for topic, offsets in ends.items()
            if any(now < before for now, before in zip(offsets, known.get(topic, ()), strict=False))
        }
        if cut_back:
            raise TopicsChanged(cut_back)

    def _ends(self, topics: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """The ends of these topics' partitions, as many as at the start."""
        counts = {topic: self._identities[topic].partitions for topic in topics}
        places = [(topic, part) for topic, count in counts.items() for part in range(count)]
        ends = self._topics.ends(places, self._look_while_waiting)
        return {
            topic: tuple(ends[topic, part] for part in range(count))
            for topic, count in counts.items()
        }

    # ------------------------------------------------------------------ the topics' identity

    def _names_to_compare(self) -> list[str]:
        """The topics of this transaction; every ALL_TOPICS_INTERVAL_S all topics."""
        if time.monotonic() < self._all_looked_at + ALL_TOPICS_INTERVAL_S:
            return [*self.touched, cuts_topic(self._source)]
        self._all_looked_at = time.monotonic()
        return list(self._identities)

    def _compare(self, present: Mapping[str, Identity], names: Iterable[str]) -> None:
        changes = changes_of(self._identities, present, names)
        if changes:
            raise TopicsChanged(changes)

    def _look_while_waiting(self) -> None:
        """Called while Kafka is waited for. Raises BrokerError once a stop has waited long enough,
        TopicsChanged for a deleted topic, to which librdkafka would wait to write forever."""
        if self._stop.is_set():
            self._stop_by = self._stop_by or time.monotonic() + STOP_WAIT_S
            if time.monotonic() >= self._stop_by:
                raise BrokerError(
                    f"Kafka at {self._kafka.address} does not answer: "
                    "capture stops behind the newest cut."
                )
        names = self._identities.keys() & {*self.touched, cuts_topic(self._source)}
        try:
            present = self._topics.ask_identities(list(names), LOOK_TIMEOUT_S)()
        except BrokerError:
            return  # the request being waited for decides about a broker that is away
        self._compare(present, names)

    def _retried(self, request: Callable[[], None], timeout_s: float) -> None:
        """Repeat a transactional request while librdkafka calls its error retriable; a request
        that timed out continues where it was."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                return request()
            except KafkaException as error:
                if not error.args[0].retriable() or time.monotonic() > deadline:
                    raise
            self._look_while_waiting()
            time.sleep(0.05)

    def close(self) -> None:
        """Abort an open transaction, so that readers need not wait for its time-out, and close."""
        if self._is_open:
            self._is_open = False
            try:
                self._producer.purge()
                self._producer.abort_transaction(ABORT_TIMEOUT_S)
            except KafkaException:
                # The successor's init_transactions aborts it; the original error is reported.
                return
