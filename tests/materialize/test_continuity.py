"""A position is continued only if the topics are certain to have every deletion after it, and every
record that is needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from confluent_kafka import TopicPartition

from cdc.config import Kafka, Secret
from cdc.contract.cut import Cut
from cdc.contract.topics import TopicSettings
from cdc.errors import BrokerError
from materializers.errors import RebuildError, TooOld, TopicMoved
from materializers.intake.reader import Reader
from materializers.intake.whole_topics import require_whole
from tests.materialize.topic_writer import TABLE, TopicWriter
from tests.topic_admin import delete_records, set_topic

HOUR_MS = 3_600_000


@pytest.fixture
def writer(kafka_bootstrap: str, topic_prefix: str) -> TopicWriter:
    return TopicWriter(kafka_bootstrap, topic_prefix)


@pytest.fixture
def kafka(kafka_bootstrap: str) -> Kafka:
    """With what the writer's topics have, for they are to be fit."""
    topics = TopicSettings(min_compaction_lag_ms=0, delete_retention_ms=24 * HOUR_MS)
    return Kafka({"bootstrap.servers": Secret(kafka_bootstrap)}, topics)


@pytest.fixture
def reader(kafka: Kafka, writer: TopicWriter) -> Iterator[Reader]:
    opened = Reader(kafka, writer.name, [TABLE])
    yield opened
    opened.close()


def configure(writer: TopicWriter, **settings: str) -> None:
    """Set the table's topic; __ stands for a dot."""
    named = {name.replace("__", "."): value for name, value in settings.items()}
    set_topic(writer.admin, writer.topics[0], named)


def keeping(writer: TopicWriter, lag_ms: int, retention_ms: int) -> None:
    configure(writer, min__compaction__lag__ms=str(lag_ms), delete__retention__ms=str(retention_ms))


def ago(cut: Cut, hours: float) -> Cut:
    """The cut as if it were that old."""
    return replace(cut, published_at_ms=int(time.time() * 1000 - hours * HOUR_MS))


def forget_until(writer: TopicWriter, cut: Cut) -> None:
    """Remove every record of the table before the cut's ends, as retention does where somebody
    has changed the policy for a while."""
    configure(writer, cleanup__policy="delete")
    ends = enumerate(cut.offsets[writer.topics[0]])
    places = [TopicPartition(writer.topics[0], number, end) for number, end in ends]
    delete_records(writer.admin, places)
    configure(writer, cleanup__policy="compact")


def start(reader: Reader, cut: Cut) -> None:
    reader.start(cut.offsets, cut)


def test_what_came_within_the_time_is_read(writer: TopicWriter, reader: Reader) -> None:
    keeping(writer, HOUR_MS, HOUR_MS)
    cut = ago(writer.transaction([1]), 1.7)
    newest = writer.transaction([2])
    start(reader, cut)
    batch = reader.read(20, after=cut)
    assert batch is not None and batch.cut.version == newest.version


def test_a_position_that_is_too_old_is_not_begun_at(writer: TopicWriter, reader: Reader) -> None:
    """By the topics' own settings, whatever the project's say."""
    keeping(writer, HOUR_MS, HOUR_MS)
    cut = ago(writer.transaction([1]), 5)
    writer.transaction([2])
    with pytest.raises(TooOld, match=r"moved on to 0/A, 5 hours ago.*keep deletions for 115 min"):
        start(reader, cut)


def test_one_that_became_too_old_while_it_was_read(writer: TopicWriter, reader: Reader) -> None:
    """As where the process was stopped: what had come before is not handed out either."""
    keeping(writer, HOUR_MS, HOUR_MS)
    cut = writer.transaction([1])
    writer.transaction([2])
    start(reader, cut)
    with pytest.raises(TooOld):
        reader.read(20, after=ago(cut, 3))


def test_quiet_is_no_gap(writer: TopicWriter, reader: Reader) -> None:
    keeping(writer, HOUR_MS, HOUR_MS)
    cut = ago(writer.transaction([1]), 100)
    start(reader, cut)
    assert reader.read(0.5, after=cut) is None
    newest = writer.transaction([2])
    batch = reader.read(20, after=cut)
    assert batch is not None and batch.cut.version == newest.version


def test_quiet_that_begins_while_reading_is_no_gap(writer: TopicWriter, reader: Reader) -> None:
    """It asks now and then whether its cut is still the newest."""
    keeping(writer, HOUR_MS, HOUR_MS)
    cut = writer.transaction([1])
    newest = writer.transaction([2])
    start(reader, cut)
    assert reader.read(20, after=cut) is not None
    quiet_since = ago(newest, 100)
    for _ in range(12):
        assert reader.read(0.25, after=quiet_since) is None
    writer.transaction([3])
    assert reader.read(20, after=quiet_since) is not None


def test_a_load_that_takes_longer_than_deletions_are_kept(
    writer: TopicWriter, reader: Reader
) -> None:
    keeping(writer, HOUR_MS, HOUR_MS)
    writer.transaction([1])
    reader.start({}, None, began_ms=int(time.time() * 1000) - 3 * HOUR_MS)
    with pytest.raises(TooOld, match=r"from their beginning takes longer.*Fix: raise delete"):
        reader.read(20)


@pytest.mark.parametrize("begins", [lambda cut: {}, lambda cut: cut.offsets])
def test_a_beginning_that_is_lost(
    writer: TopicWriter,
    reader: Reader,
    kafka: Kafka,
    begins: Callable[[Cut], dict[str, tuple[int, ...]]],
) -> None:
    first = writer.transaction([*range(20)])
    forget_until(writer, writer.transaction([*range(20, 40)]))
    with pytest.raises(TopicMoved, match=rf"begins at offset .*capture refresh {TABLE}"):
        reader.start(begins(first), first)
    with pytest.raises(RebuildError, match="before it that are needed are gone"):
        require_whole(kafka, writer.name, [TABLE])


def test_what_lies_behind_the_lost_beginning_is_read_on(
    writer: TopicWriter, reader: Reader
) -> None:
    writer.transaction([*range(20)])
    cut = writer.transaction([*range(20, 40)])
    forget_until(writer, cut)
    start(reader, cut)
    newest = writer.transaction([41])
    batch = reader.read(20, after=cut)
    assert batch is not None and batch.cut.version == newest.version


@pytest.mark.parametrize(
    ("policy", "words"),
    [("delete", "is delete, not compact"), ("compact,delete", "deletes old records too")],
)
def test_a_topic_that_lets_records_go_is_not_read_anew(
    writer: TopicWriter, kafka: Kafka, policy: str, words: str
) -> None:
    writer.transaction([1])
    keeping(writer, HOUR_MS, 200 * HOUR_MS)
    configure(writer, cleanup__policy=policy)
    with pytest.raises(RebuildError, match=rf"{words}.*add-config cleanup.policy=compact"):
        require_whole(kafka, writer.name, [TABLE])


def test_a_broker_that_does_not_answer() -> None:
    with pytest.raises(BrokerError):
        require_whole(Kafka({"bootstrap.servers": Secret("127.0.0.1:1")}), "x", [TABLE])
