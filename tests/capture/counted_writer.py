"""A writer of two topics by `Publisher`, which knows what each of its cuts has to hold."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Self

from confluent_kafka import Producer

from cdc.broker import Identity, Topics
from cdc.checkpoint import read_cut
from cdc.config import Kafka, Secret, Source
from cdc.contract.topics import cuts_topic, schemas_topic, table_topic
from cdc.position import Lsn
from cdc.publish import Publisher
from tests.capture.running import read_topic

PARTITIONS = {"public.one": 1, "public.three": 3}


class AskedTopics(Topics):
    """Counts how often the ends were asked for."""

    def __init__(self, kafka: Kafka) -> None:
        super().__init__(kafka)
        self.times_asked = 0

    def ends(
        self,
        partitions: Sequence[tuple[str, int]],
        while_unsettled: Callable[[], None] = lambda: None,
    ) -> dict[tuple[str, int], int]:
        self.times_asked += 1
        return super().ends(partitions, while_unsettled)


class CountedWriter:
    """Every record holds the number `n` of the cut it belongs to. A `successor` takes over."""

    def __init__(self, kafka: Kafka, name: str, topics: Topics | None = None) -> None:
        self.kafka, self.name, self.topics = kafka, name, topics or AskedTopics(kafka)
        self.uncountable: set[str] = set()
        self._begin()

    def _begin(self) -> None:
        counts = {table_topic(self.name, table): n for table, n in PARTITIONS.items()}
        counts |= {cuts_topic(self.name): 1, schemas_topic(self.name): 1}
        present: dict[str, Identity] = Topics(self.kafka).identities(counts)
        if not present:
            self.topics.create(counts)
            present = Topics(self.kafka).identities(counts, counts)
        source = Source(self.name, Secret(""), tuple(PARTITIONS))
        self.publisher = Publisher(source, self.kafka, self.topics, uncountable=self.uncountable)
        self.publisher.fence()
        cut = read_cut(self.kafka, self.name)
        self.publisher.resume(cut, present)
        self.number = 0 if cut is None else int(cut.lsn)

    def successor(self) -> Self:
        """Another writer, which has fenced this one."""
        other = type(self)(self.kafka, self.name)
        other.uncountable |= self.uncountable
        return other

    def begin_again(self) -> None:
        """As after a failed run."""
        self.publisher.close()
        self._begin()

    def write(self, rng: random.Random, count: int) -> None:
        """Produce so many records of the next cut."""
        for _ in range(count):
            self.publisher.begin()
            topic = table_topic(self.name, rng.choice(list(PARTITIONS)))
            key = b'{"id":%d}' % rng.randrange(10**9)
            self.publisher.publish(topic, b'{"n":%d}' % (self.number + 1), key)

    def commit(self) -> None:
        self.publisher.commit(Lsn(self.number + 1), 0)
        self.number += 1

    def check_cuts(self) -> int:
        """Assert that the records before each cut's ends are those of this cut and earlier ones;
        returns the number of cuts."""
        cuts = read_topic(self.kafka, cuts_topic(self.name))
        assert [int(c.value["lsn"].split("/")[1], 16) for c in cuts] == [*range(1, len(cuts) + 1)]
        for table in PARTITIONS:
            topic = table_topic(self.name, table)
            for record in read_topic(self.kafka, topic):
                for number, cut in enumerate(cuts, 1):
                    is_inside = record.offset < cut.value["offsets"][topic][record.partition]
                    assert is_inside == (record.value["n"] <= number), (number, record)
        return len(cuts)


def write_beside(kafka: Kafka, name: str, number: int) -> None:
    """Somebody else's record in a topic, as if of cut `number`."""
    producer = Producer({"bootstrap.servers": kafka.address})
    producer.produce(table_topic(name, "public.one"), b'{"n":%d}' % number, b'{"id":0}')
    assert producer.flush(15) == 0


class HeldTopics(Topics):
    """Does not tell the topics' identities, for which a commit asks once all is delivered."""

    def ask_identities(
        self, names: Sequence[str], timeout_s: float = 0.0
    ) -> Callable[[], dict[str, Identity]]:
        print("delivered", flush=True)
        time.sleep(600)
        raise AssertionError


def hold_a_commit() -> None:
    """A program: deliver a transaction with its cut, and wait before its commit."""
    kafka, name = Kafka({"bootstrap.servers": Secret(sys.argv[1])}), sys.argv[2]
    writer = CountedWriter(kafka, name)
    for count in (3, 3, 3):  # then all ends are known, and the cut is delivered too
        writer.write(random.Random(1), 20 * count)
        writer.commit()
    held = HeldTopics(kafka)
    writer.publisher._topics = held
    writer.write(random.Random(2), 20)
    writer.commit()


if __name__ == "__main__":
    hold_a_commit()
