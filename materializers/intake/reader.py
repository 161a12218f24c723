"""Reads the topics: from records to batches, one cut at a time.

One consumer follows the cuts topic, the schemas topic and the topics of the tables needed. Batches
end exactly at a cut. The reader stores no position: `start` says where to begin, and each batch
where the next one begins.

A topic that was recreated or has more partitions is noticed by its id before the next exact batch;
then reading begins again (`beginning.py`).

A partition has reached a cut when a record, or the partition's end-of-partition event, is at or
past the cut's end offset. Records are never counted: compaction leaves gaps, and transactions leave
markers (KIP-98).
"""

from __future__ import annotations

import logging
import time
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic, table_topic
from cdc.errors import BrokerError
from materializers.errors import MissingTopic, TopicMoved
from materializers.intake.batch import Batch, Records
from materializers.intake.beginning import beginning, known_ids
from materializers.intake.broker import TopicIds, consumer, has_broker
from materializers.intake.continuity import Continuity
from materializers.intake.intake import Intake, Place
from materializers.intake.tail import offset_before, read_newest_cut

CUTS_LOOKBACK_MS = 60_000
RETRY_S = 0.5
LOOK_INTERVAL_S = 2.0
LOOK_TIMEOUT_S = 2.0
SAME_TOPICS_S = 30.0
"""How long brokers, which learn of topics one after another, may call an unchanged topic
unknown."""

log = logging.getLogger("rederive.materialize")


class Reader:
    """Batches of one source's changes of some tables, exact at cuts.

    `tables`: `schema.table`. `batch_rows_max`: the number of records held before a part is handed
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
        self._absence = ""
        self._continuity = Continuity(kafka, 0)
        self._ids, self._topic_ids = dict[str, str](), TopicIds(kafka)
        self._floor = 0
        self._moved: BrokerError | None = None
        self._same_since = self._look_due = 0.0
        self._consumer = self._client()
        self._intake = self._receiving({})
        self._newest_at_start: Cut | None = None
        self._taken: dict[str, list[int]] = {}

    def _client(self) -> Consumer:
        return consumer(self._kafka, on_error=self._note_absence, on_statistics=self._note_presence)

    def _receiving(self, reached: Mapping[Place, int]) -> Intake:
        """An intake that can hold one batch while another is applied."""
        rows, address = max(1, self._batch_rows_max // 2), self._kafka.address
        return Intake(self._consumer, (self._cuts, self._schemas), reached, rows, address)

    def start(
        self,
        offsets: Mapping[str, Sequence[int]],
        cut: Cut | None,
        schemas: Mapping[str, TableSchema] | None = None,
        *,
        began_ms: int | None = None,
    ) -> None:
        """Begin at these offsets (zero for topics not named), after `cut`. `schemas`: those of the
        offsets; their topic ids show whether a topic was recreated. `began_ms`: when reading from
        offset zero began, if no cut has been reached since; default: now. Raises TooOld where
        deletions may be missing."""
        now_ms = int(time.time() * 1000)
        self._continuity = Continuity(self._kafka, now_ms if began_ms is None else began_ms)
        self._begin(offsets, cut, known_ids(self._source, schemas or {}, cut))

    def _begin(
        self, offsets: Mapping[str, Sequence[int]], cut: Cut | None, known: Mapping[str, str]
    ) -> frozenset[str]:
        """Begin at these offsets, of topics with the `known` ids. Returns the recreated
        topics, which are read from their beginning."""
        start = beginning(
            self._kafka, self._source, self._consumer, self._tables.values(), offsets, known
        )
        self._continuity.begin(start.ids, cut, start.newest)
        self._newest_at_start, self._ids = start.newest, start.ids
        if start.renewed:
            self._floor = start.floor
        elif cut is None and start.newest is not None:
            self._floor = self._schemas_end(start.newest)
        self._taken = start.offsets
        reached = {
            (topic, number): begin
            for topic, begins in start.offsets.items()
            for number, begin in enumerate(begins)
        }
        places = [TopicPartition(*place, begin or OFFSET_BEGINNING)
                  for place, begin in reached.items()]  # fmt: skip
        places.append(TopicPartition(self._cuts, 0, self._first_cut_offset(cut)))
        self._consumer.assign(places)
        self._intake = self._receiving(reached)
        self._intake.start()
        self._look_due = time.monotonic() + LOOK_INTERVAL_S
        return start.renewed

    def _first_cut_offset(self, cut: Cut | None) -> int:
        since = cut or self._newest_at_start
        if since is None:
            return OFFSET_BEGINNING
        return offset_before(self._consumer, self._cuts, since.published_at_ms - CUTS_LOOKBACK_MS)

    def read(
        self, timeout_s: float, *, after: Cut | None = None, upto: int | None = None
    ) -> Batch | None:
        """The next batch after `after`; None where no later cut came within `timeout_s`.

        With `upto`, no record of a cut with a greater version is handed out. While a topic is gone,
        or was recreated and is not published yet, nothing comes: see `absence`. Raises TooOld where
        deletions may be missing.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                if self._moved is not None:
                    self._begin_again(self._moved, after)
                batch = self._read(deadline, after, upto)
                self._same_since = self._same_since if batch is None else 0.0
                return batch
            except (TopicMoved, MissingTopic) as error:
                if self._moved is None:
                    self._leave_topics()
                self._moved, self._absence = error, str(error).rstrip(".")
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return None
            time.sleep(min(RETRY_S, remaining))

    def _leave_topics(self) -> None:
        """Replace the client: it would ask for the old topic ids for up to half a minute
        (librdkafka, `topic.metadata.propagation.max.ms`)."""
        self._intake.stop()
        self._consumer.close()
        self._consumer = self._client()

    def _begin_again(self, reason: BrokerError, after: Cut | None) -> None:
        """Continue after what was handed out, in the topics as they are now. Raises `reason` once
        they have been unchanged for SAME_TOPICS_S."""
        partitions = {topic: len(taken) for topic, taken in self._taken.items()}
        try:
            renewed = self._begin(self._taken, after, self._ids)
        except (TopicMoved, MissingTopic):
            raise
        except BrokerError as error:
            raise TopicMoved(error.message, fix=error.fix) from error
        self._moved, self._absence = None, ""
        is_same = partitions == {topic: len(taken) for topic, taken in self._taken.items()}
        if renewed or not is_same:
            self._same_since = 0.0
            names = ", ".join(sorted(renewed)) or "topics with more partitions"
            log.info("reading begins again in %s", names)
            return
        self._same_since = self._same_since or time.monotonic()
        if time.monotonic() > self._same_since + SAME_TOPICS_S:
            raise BrokerError(reason.message, fix=reason.fix)

    def _read(self, deadline: float, after: Cut | None, upto: int | None) -> Batch | None:
        with self._intake.moved:
            while (batch := self._next(after, upto)) is None:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return None
                self._look_around(after)
                self._intake.wait(remaining)
        self._continuity.require(after)
        return batch

    def _next(self, after: Cut | None, upto: int | None) -> Batch | None:
        """A batch of what is held, or None."""
        reached = self._newest_reached(after, upto)
        if reached is not None and self._check_topics():
            return self._take(reached, is_exact=self._is_exact(reached))
        target = self._newest_known(upto) if self._intake.is_full else None
        if target is not None and self._has_schemas(target):
            part = self._take(target, is_exact=False) if self._check_topics() else None
            return part if part is not None and part.rows else None
        return None

    def _has_schemas(self, cut: Cut) -> bool:
        """Whether all schemas up to the cut are here: one may say that earlier rows of a part no
        longer count."""
        ends = cut.offsets.get(self._schemas, ())
        return all(self._intake.reached[self._schemas, n] >= end for n, end in enumerate(ends))

    def _check_topics(self) -> bool:
        """Whether all records held are of the topics that reading began in, by asking for ids after
        receiving them. False where the broker does not answer; raises TopicMoved for a recreated
        topic."""
        for schema in _read_schemas(self._intake.pending[self._schemas, 0]).values():
            topic = table_topic(self._source, schema.table) if schema is not None else ""
            if schema is not None and topic in self._tables:
                if schema.topic_id not in ("", self._ids[topic]):
                    raise TopicMoved(f"Topic {topic} was recreated.")
        return self._compare(t for (t, _), held in self._intake.pending.items() if len(held))

    def _look_around(self, after: Cut | None) -> None:
        """Compare all topics every LOOK_INTERVAL_S: without records, nothing else shows that a
        topic is gone, or that nothing is to come."""
        if time.monotonic() >= self._look_due and not self._absence:
            if self._compare(self._ids) and self._continuity.is_look_due(after):
                self._note_newest(after)
            self._look_due = time.monotonic() + LOOK_INTERVAL_S

    def _note_newest(self, after: Cut | None) -> None:
        with suppress(BrokerError):  # repeated soon
            newest = read_newest_cut(self._kafka, self._source)
            if newest is not None and after is not None:
                self._continuity.note(after, newest)

    def _compare(self, topics: Iterable[str]) -> bool:
        wanted = set(topics)
        try:
            ids = self._topic_ids.read(wanted, LOOK_TIMEOUT_S) if wanted else {}
        except BrokerError:
            return False  # librdkafka reports a broker that is away, and reconnects
        for topic in wanted:
            if ids.get(topic) != self._ids[topic]:
                raise TopicMoved(f"Topic {topic} is gone or was recreated.")
        return True

    @property
    def newest(self) -> Cut | None:
        """The newest cut seen."""
        return self._intake.newest

    def absence(self) -> str | None:
        """Why nothing can be read at present, or None."""
        return self._absence or None

    def _note_absence(self, error: KafkaError) -> None:
        """librdkafka's `error_cb`; librdkafka reconnects, and positions stay."""
        self._absence = f"Kafka at {self._kafka.address} does not answer: {error.str()}"

    def _note_presence(self, statistics: str) -> None:
        """librdkafka's `stats_cb`; with quiet topics, only it shows that a broker is back."""
        if self._absence and self._moved is None and has_broker(statistics):
            self._absence = ""

    @property
    def records_to_read(self) -> int:
        """The sum of the newest cut's end offsets: an upper bound, as compaction leaves gaps; 0
        without a cut."""
        cut = self.newest or self._newest_at_start
        return 0 if cut is None else sum(sum(cut.offsets.get(topic, ())) for topic in self._tables)

    @property
    def records_held(self) -> int:
        """The number of records received and not handed out."""
        with self._intake.moved:
            return sum(map(len, self._intake.pending.values()))

    def close(self) -> None:
        """Stop receiving and close the clients."""
        self._intake.stop()
        self._consumer.close()
        self._topic_ids.close()

    # ------------------------------------------------------------------ cuts

    def _newest_reached(self, after: Cut | None, upto: int | None) -> Cut | None:
        """The newest cut that every partition has reached; removes cuts before it."""
        floor = after.version if after is not None else -1
        if self._newest_at_start is not None and after is None:
            floor = max(floor, self._newest_at_start.version - 1)
        while self._intake.known and (
            self._intake.known[0].version <= floor or self._is_foreign(self._intake.known[0])
        ):
            self._intake.known.popleft()
        newest = None
        while self._intake.known and (upto is None or self._intake.known[0].version <= upto):
            self._check_partitions(self._intake.known[0])
            if not self._is_reached(self._intake.known[0]):
                break
            newest = self._intake.known.popleft()
        if newest is not None:
            self._intake.known.appendleft(newest)
        return newest

    def _is_foreign(self, cut: Cut) -> bool:
        """Whether its offsets are, or may be, of earlier topics."""
        is_other = cut.schemas_id not in ("", self._ids[self._schemas])
        return is_other or self._schemas_end(cut) < self._floor

    def _schemas_end(self, cut: Cut) -> int:
        return sum(cut.offsets.get(self._schemas, ()))

    def _check_partitions(self, cut: Cut) -> None:
        """Raises TopicMoved where the cut has more partitions than are read."""
        for topic, taken in self._taken.items():
            if len(cut.offsets.get(topic, ())) > len(taken):
                raise TopicMoved(f"Topic {topic} has more partitions than were read.")

    def _is_reached(self, cut: Cut) -> bool:
        return all(
            self._intake.reached[topic, partition] >= end
            for topic in self._taken
            for partition, end in enumerate(cut.offsets.get(topic, ()))
        )

    def _newest_known(self, upto: int | None) -> Cut | None:
        cuts = [c for c in self._intake.known if upto is None or c.version <= upto]
        return cuts[-1] if cuts else None

    def _is_exact(self, cut: Cut) -> bool:
        """Whether all versions the cut needs are here. Compaction keeps versions younger than its
        lag; from the newest cut at the start on, nothing older can have been removed either."""
        start = self._newest_at_start
        is_young = cut.published_at_ms > time.time() * 1000 - self._compaction_lag_ms
        return is_young or start is None or cut.version >= start.version

    # ------------------------------------------------------------------ batches

    def _take(self, cut: Cut, *, is_exact: bool) -> Batch:
        taken: dict[str, Records] = {}
        for (topic, partition), records in self._intake.pending.items():
            ends = cut.offsets.get(topic, ())
            end = ends[partition] if partition < len(ends) else 0
            count = bisect_left(records.offsets, end)
            if count:
                _move(records, taken.setdefault(topic, Records()), count)
            done = min(end, self._intake.reached[topic, partition])
            self._taken[topic][partition] = max(self._taken[topic][partition], done)
        while self._intake.known and self._intake.known[0].version < cut.version:
            self._intake.known.popleft()
        schemas = _read_schemas(taken.pop(self._schemas, Records()))
        return Batch(
            cut=cut,
            records={self._tables[topic]: records for topic, records in taken.items()},
            schemas={table: schema for table, schema in schemas.items() if schema is not None},
            offsets={topic: tuple(ends) for topic, ends in self._taken.items()},
            is_exact=is_exact,
            gone=frozenset(table for table, schema in schemas.items() if schema is None),
        )


def _move(source: Records, target: Records, count: int) -> None:
    for name in ("keys", "values", "partitions", "offsets"):
        column, moved = getattr(source, name), getattr(target, name)
        if count == len(column):
            if moved:
                moved.extend(column)
            else:
                setattr(target, name, column)
            setattr(source, name, [])
        else:
            moved.extend(column[:count])
            del column[:count]


def _read_schemas(records: Records) -> dict[str, TableSchema | None]:
    """The last schema of each table; None for a table no longer captured."""
    return {
        key.decode(): None if value is None else TableSchema.from_json(value)
        for key, value in zip(records.keys, records.values, strict=True)
    }
