"""Writes the topics of one source by the contract, for tests of their readers."""

from __future__ import annotations

import time
from dataclasses import replace

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # not marked as exported
    AdminClient,
    NewTopic,
    OffsetSpec,
)

from cdc.broker import Topics
from cdc.config import Kafka, Secret
from cdc.contract.cut import Cut, Snapshot
from cdc.contract.schemas import Column, Emptied, TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic, table_topic
from cdc.position import Lsn

PARTITIONS = 3
TABLE = "public.items"
SCHEMA = TableSchema(TABLE, (Column("id", "integer", 23, -1, False),), ("id",), Lsn(1))


class TopicWriter:
    """A source named `name` with one table; each `transaction` ends with its cut."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self.name = name
        self.kafka = Kafka({"bootstrap.servers": Secret(bootstrap)})
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self.topics = [table_topic(name, TABLE), schemas_topic(name), cuts_topic(name)]
        counts = (PARTITIONS, 1, 1)
        compact = {"cleanup.policy": "compact"}
        new = [NewTopic(t, n, 1, config=compact) for t, n in zip(self.topics, counts, strict=True)]
        for future in self.admin.create_topics(new).values():
            future.result()
        self.producer = Producer(
            {"bootstrap.servers": bootstrap, "transactional.id": name, "linger.ms": 0}
        )
        self.producer.init_transactions()
        self.lsn = 0

    def transaction(self, ids: list[int], *, snapshot: Snapshot | None = None) -> Cut:
        self.producer.begin_transaction()
        self.lsn += 10
        if self.lsn == 10:
            self.producer.produce(self.topics[1], SCHEMA.to_json(), TABLE.encode())
        self._rows(ids)
        return self._commit(snapshot)

    def _commit(self, snapshot: Snapshot | None = None) -> Cut:
        self.producer.flush()
        cut = Cut(self.name, Lsn(self.lsn), 0, int(time.time() * 1000), self._ends(), snapshot)
        self.producer.produce(self.topics[2], cut.to_json(), self.name.encode())
        self.producer.commit_transaction()
        return cut

    def delete_topic(self) -> None:
        self.admin.delete_topics([self.topics[0]])[self.topics[0]].result(15)

    def publish_again(self, ids: list[int]) -> Cut:
        """The whole table in a recreated topic, in a cut at the position of the one before."""
        topics = Topics(self.kafka)
        topics.create({self.topics[0]: PARTITIONS})
        self.producer.begin_transaction()
        emptied = Emptied(Lsn(self.lsn), (0,) * PARTITIONS)
        topic_id = topics.identities([self.topics[0]])[self.topics[0]].id
        schema = replace(SCHEMA, emptied=emptied, topic_id=topic_id)
        self.producer.produce(self.topics[1], schema.to_json(), TABLE.encode())
        self._rows(ids)
        return self._commit()

    def aborted(self, ids: list[int]) -> None:
        self.producer.begin_transaction()
        self._rows(ids)
        self.producer.flush()
        self.producer.abort_transaction()

    def _rows(self, ids: list[int]) -> None:
        for number in ids:
            value = f'{{"op":"c","after":{{"id":{number}}}}}'.encode()
            self.producer.produce(self.topics[0], value, f'{{"id":{number}}}'.encode())

    def _ends(self) -> dict[str, tuple[int, ...]]:
        places = [TopicPartition(self.topics[0], p) for p in range(PARTITIONS)]
        places.append(TopicPartition(self.topics[1], 0))
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        futures = self.admin.list_offsets(dict.fromkeys(places, latest))
        ends: dict[str, list[int]] = {}
        for place, future in sorted(futures.items(), key=lambda item: item[0].partition):
            ends.setdefault(place.topic, []).append(future.result().offset)
        return {topic: tuple(offsets) for topic, offsets in ends.items()}
