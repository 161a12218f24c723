"""The reader against a real broker: whole cuts, nothing twice, nothing left out."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from cdc.config import Kafka, Secret
from cdc.contract.cut import Snapshot
from cdc.errors import BrokerError
from materializers.intake.batch import Batch
from materializers.intake.reader import Reader
from materializers.intake.tail import read_newest_cut, read_schemas
from tests.materialize.reading import ids, read
from tests.materialize.topic_writer import SCHEMA, TABLE, TopicWriter


@pytest.fixture
def writer(kafka_bootstrap: str, topic_prefix: str) -> TopicWriter:
    return TopicWriter(kafka_bootstrap, topic_prefix)


@pytest.fixture
def kafka(kafka_bootstrap: str) -> Kafka:
    return Kafka({"bootstrap.servers": Secret(kafka_bootstrap)})


@pytest.fixture
def readers(kafka: Kafka, writer: TopicWriter) -> Iterator[list[Reader]]:
    opened: list[Reader] = []
    yield opened
    for reader in opened:
        reader.close()


def begin(
    readers: list[Reader],
    kafka: Kafka,
    writer: TopicWriter,
    after: Batch | None = None,
    rows: int = 1000,
) -> Reader:
    reader = Reader(kafka, writer.name, [TABLE], batch_rows_max=rows)
    readers.append(reader)
    reader.start(after.offsets if after else {}, after.cut if after else None)
    return reader


def test_from_zero_is_one_exact_batch_up_to_the_newest_cut(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    writer.transaction([1, 2, 3])
    newest = writer.transaction([4, 5])
    batch = read(begin(readers, kafka, writer))
    assert batch.is_exact
    assert batch.cut == newest
    assert ids(batch) == [1, 2, 3, 4, 5]
    assert batch.schemas == {TABLE: SCHEMA}
    assert batch.offsets == newest.offsets


def test_following_never_splits_or_repeats_a_transaction(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    writer.transaction([0])
    reader = begin(readers, kafka, writer)
    batch = read(reader)
    for number in range(1, 30):
        want = list(range(number * 100, number * 100 + number))
        cut = writer.transaction(want)
        batch = read(reader, batch.cut)
        assert batch.cut == cut
        assert ids(batch) == want
    assert reader.read(0.3, after=batch.cut) is None


def test_aborted_transactions_are_never_seen_and_do_not_hold_up_a_cut(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    writer.transaction([1])
    writer.aborted(list(range(100, 200)))
    last = writer.transaction([2])
    writer.aborted(list(range(200, 300)))
    reader = begin(readers, kafka, writer)
    batch = read(reader)
    assert (ids(batch), batch.cut) == ([1, 2], last)
    heartbeat = writer.transaction([])
    assert read(reader, batch.cut).cut == heartbeat


def test_a_cut_without_rows_moves_on(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    writer.transaction([1])
    reader = begin(readers, kafka, writer)
    first = read(reader)
    writer.transaction([])
    assert ids(read(reader, first.cut)) == []


def test_no_batch_before_the_snapshot_is_complete(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    writer.transaction([1, 2], snapshot=Snapshot(2, (), (TABLE,)))
    reader = begin(readers, kafka, writer)
    assert reader.read(1.0) is None
    done = writer.transaction([3])
    batch = read(reader)
    assert (ids(batch), batch.cut) == ([1, 2, 3], done)


def test_upto_stops_exactly_at_that_cut(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    first = read(begin_after_one(readers, kafka, writer))
    cuts = [writer.transaction([number]) for number in (10, 11, 12)]
    reader = begin(readers, kafka, writer, after=first)
    batch = read(reader, first.cut, upto=cuts[1].version)
    while batch.cut.version < cuts[1].version:
        batch = read(reader, batch.cut, upto=cuts[1].version)
    assert batch.cut == cuts[1]
    assert reader.read(0.3, after=batch.cut, upto=cuts[1].version) is None
    assert ids(read(reader, batch.cut)) == [12]


def begin_after_one(readers: list[Reader], kafka: Kafka, writer: TopicWriter) -> Reader:
    writer.transaction([1])
    return begin(readers, kafka, writer)


def test_a_second_reader_goes_on_where_a_batch_ended(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    writer.transaction(list(range(50)))
    first = read(begin(readers, kafka, writer))
    writer.transaction([100, 101])
    writer.transaction([102])
    reader = begin(readers, kafka, writer, after=first)
    got: list[int] = []
    after = first.cut
    while len(got) < 3:
        batch = read(reader, after)
        got, after = got + ids(batch), batch.cut
    assert got == [100, 101, 102]


def test_a_long_way_comes_in_parts_that_publish_nothing(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    for start in range(0, 45_000, 15_000):
        writer.transaction(list(range(start, start + 15_000)))
    reader = begin(readers, kafka, writer, rows=12_000)
    parts = [read(reader)]
    while not parts[-1].is_exact:
        parts.append(read(reader))
    assert len(parts) > 1
    assert parts[0].schemas == {TABLE: SCHEMA}  # a part has every schema up to its cut
    assert sorted(number for part in parts for number in ids(part)) == list(range(45_000))
    assert all(part.rows < 30_000 for part in parts)


def test_a_part_can_be_continued_by_another_reader(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    writer.transaction(list(range(30_000)))
    part = read(begin(readers, kafka, writer, rows=5_000))
    assert not part.is_exact
    reader = Reader(kafka, writer.name, [TABLE], batch_rows_max=50_000)
    readers.append(reader)
    reader.start(part.offsets, None)
    rest = read(reader)
    assert rest.is_exact
    assert sorted(ids(part) + ids(rest)) == list(range(30_000))


def test_a_table_published_anew_comes_though_the_log_stands_still(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    """The cut before has the same position, and offsets of the topic that is gone."""
    writer.transaction([1, 2, 3])
    reader = begin(readers, kafka, writer)
    first = read(reader)
    writer.transaction([4])
    writer.delete_topic()
    newest = writer.publish_again(list(range(1, 9)))
    batch = read(reader, first.cut)
    assert batch.cut == newest and batch.is_exact
    assert ids(batch) == list(range(1, 9))


def test_a_missing_topic_is_named_with_its_fix(kafka: Kafka, topic_prefix: str) -> None:
    with pytest.raises(BrokerError, match=f"{topic_prefix}.cuts does not exist.*rederive capture"):
        Reader(kafka, topic_prefix, [TABLE]).start({}, None)


def test_the_tail_reads_past_markers_and_aborted_records(kafka: Kafka, writer: TopicWriter) -> None:
    cut = writer.transaction([1])
    for _ in range(3):
        writer.aborted([2])
    assert read_newest_cut(kafka, writer.name) == cut
    assert read_schemas(kafka, writer.name) == {TABLE: SCHEMA}


def test_the_tail_is_found_while_a_writer_goes_on(kafka: Kafka, writer: TopicWriter) -> None:
    first = writer.transaction([1])
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            writer.transaction([2])

    worker = threading.Thread(target=write)
    worker.start()
    try:
        cut = read_newest_cut(kafka, writer.name)
    finally:
        stop.set()
        worker.join()
    assert cut is not None
    assert cut.version >= first.version


def test_a_copy_under_way_waits_in_kafka(
    readers: list[Reader], kafka: Kafka, writer: TopicWriter
) -> None:
    """What is published between two exact cuts may be more than fits in memory."""
    first = writer.transaction([1])
    reader = begin(readers, kafka, writer, rows=200)
    batch = read(reader)
    assert batch.cut == first
    under_way = Snapshot(0, (), (TABLE,), is_refill=True)
    for turn in range(1, 61):
        part = list(range(turn * 100, turn * 100 + 100))
        last = writer.transaction(part, snapshot=under_way)
    assert reader.read(2, after=batch.cut) is None
    assert reader.newest == last
    held = reader.records_held
    assert 0 < held < 6000, held
    end = writer.transaction([10_000])
    found: list[int] = []
    while not (batch := read(reader, after=batch.cut if batch.is_exact else first)).is_exact:
        assert batch.rows <= 6000 and batch.cut == end
        found += ids(batch)
    assert batch.cut == end
    assert sorted(found + ids(batch)) == [*range(100, 6100), 10_000]
