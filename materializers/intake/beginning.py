"""Where reading begins, in topics that may have been recreated since they were last read.

A topic's id shows that. Rows read from a topic that is gone no longer count: capture publishes its
table again, declares it emptied, and records the new id, all in one cut. Then reading begins at the
new topic's offset zero, and at no earlier cut.
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

FIX = "start `rederive capture`, which refills the table or says what to do"


@dataclass(frozen=True, slots=True)
class Beginning:
    """`offsets`: the first one to read in each partition of each topic; `ids`: of these topics.
    `renewed`: topics read before under another id. `floor`: a cut whose end in the schemas topic is
    below it describes earlier topics. (Its position cannot show that: if the log stands still, the
    cut that holds a table published again has the position of the one before.) `newest`: the newest
    cut there is."""

    newest: Cut | None
    offsets: dict[str, list[int]]
    ids: dict[str, str]
    renewed: frozenset[str]
    floor: int


def known_ids(source: str, schemas: Mapping[str, TableSchema], cut: Cut | None) -> dict[str, str]:
    """The topics' ids in that state, by topic, without unknown ones."""
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
    """Where to continue after the offsets `read`, which belong to topics with the ids `known`.

    Raises TopicMoved where capture has not yet published a topic again that was recreated or has
    lost its beginning; MissingTopic, BrokerError."""
    newest, placed = read_tail(kafka, source)
    published = {table_topic(source, table): placed.get(table, (-1, None)) for table in tables}
    topics = {topic: schema for topic, (_, schema) in published.items()}
    topics[schemas_topic(source)] = None
    partitions = {topic: partitions_of(kafka, client, topic) for topic in topics}
    ids = TopicIds(kafka).read(topics)
    for topic, schema in topics.items():
        if schema is not None and schema.topic_id not in ("", ids.get(topic)):
            message = f"Topic {topic} is gone or was recreated, and does not hold its table yet."
            raise TopicMoved(message, fix=FIX)
    renewed = {topic for topic in topics if known.get(topic, "") not in ("", ids.get(topic))}
    offsets = {}
    for topic, numbers in partitions.items():
        first = () if topic in renewed else tuple(read.get(topic, ()))
        offsets[topic] = [first[n] if n < len(first) else 0 for n in numbers]
    offsets = require_beginnings(kafka, topics, offsets)
    floor = max((published[topic][0] + 1 for topic in renewed if topic in published), default=0)
    return Beginning(newest, offsets, ids, frozenset(renewed), floor)
