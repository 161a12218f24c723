"""Where reading begins, in topics that may have been made anew since they were last read.

A topic's id tells. What was read of a topic that is gone counts no longer: capture publishes its
table anew, declares it emptied, and records the new id with it, all in one cut. Reading begins at
the new topic's offset zero then, and at no cut before that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer

from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import schemas_topic, table_topic
from materializers.errors import TopicMoved
from materializers.intake.broker import TopicIds, partitions_of
from materializers.intake.tail import read_tail
from materializers.intake.whole_topics import require_beginnings

FIX = "start `rederive capture`, which publishes the table anew or says what to do"


@dataclass(frozen=True, slots=True)
class Beginning:
    """`offsets`: the first one to read in each partition of each topic; `ids` of the same topics;
    `renewed`: those that were read before under another id. A cut that ends before `floor` in the
    schemas topic tells nothing of the topics as they are now, whatever its position: where the log
    stands still, the cut that holds a table published anew has the position of the one before.
    `newest` is the newest cut there is."""

    newest: Cut | None
    offsets: dict[str, list[int]]
    ids: dict[str, str]
    renewed: frozenset[str]
    floor: int


def known_ids(source: str, schemas: Mapping[str, TableSchema], cut: Cut | None) -> dict[str, str]:
    """The topics' ids as of that state: topic -> id, without those that are unknown."""
    ids = {table_topic(source, table): schema.topic_id for table, schema in schemas.items()}
    ids[schemas_topic(source)] = cut.schemas_id if cut is not None else ""
    return {topic: each for topic, each in ids.items() if each}


def beginning(
    kafka: Kafka,
    source: str,
    client: Consumer,
    tables: Iterable[str],
    read: Mapping[str, Sequence[int]],
    known: Mapping[str, str],
) -> Beginning:
    """Where to go on behind `read`, offsets of topics with the `known` ids. Raises TopicMoved where
    capture has yet to publish a topic anew, as it is another one now or its beginning is gone,
    MissingTopic, BrokerError."""
    newest, placed = read_tail(kafka, source)
    found = {table_topic(source, table): placed.get(table, (-1, None)) for table in tables}
    topics = {topic: schema for topic, (_, schema) in found.items()}
    topics[schemas_topic(source)] = None
    partitions = {topic: partitions_of(kafka, client, topic) for topic in topics}
    ids = TopicIds(kafka).read(topics)
    for topic, schema in topics.items():
        if schema is not None and schema.topic_id not in ("", ids.get(topic)):
            told = f"Topic {topic} is gone or was made anew, and does not hold its table yet."
            raise TopicMoved(told, fix=FIX)
    renewed = {topic for topic in topics if known.get(topic, "") not in ("", ids.get(topic))}
    offsets = {}
    for topic, numbers in partitions.items():
        first = () if topic in renewed else tuple(read.get(topic, ()))
        offsets[topic] = [first[n] if n < len(first) else 0 for n in numbers]
    offsets = require_beginnings(kafka, topics, offsets)
    floor = max((found[topic][0] + 1 for topic in renewed if topic in found), default=0)
    return Beginning(newest, offsets, ids, frozenset(renewed), floor)
