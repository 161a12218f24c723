"""Rows that a sink refuses are set aside in Kafka, and delivered later; nothing is lost or stored
twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from cdc.config import Kafka, Secret
from cdc.contract.topics import TopicSettings
from cdc.errors import BrokerError
from materializers.delivery.dead_letters.dead_letters import DeadLetters, Letters
from materializers.delivery.dead_letters.letter import Letter, Place, id_of
from materializers.delivery.dead_letters.memory import MemoryLetters
from materializers.delivery.dead_letters.set_aside import Desk
from materializers.delivery.dead_letters.topic import DeadLetterTopic
from materializers.delivery.delivery import Delivery, Phase
from materializers.delivery.ownership import Ownership
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.sinks.connection import SinkConnection
from materializers.sinks.memory import MemorySink, MemoryTarget
from materializers.sinks.plain import PlainRow
from materializers.view import SinkDefinition, ViewDefinition, ViewSchema
from tests.views.feed import Feed, table_schema

ITEMS = table_schema(
    "public.items", [("id", "integer"), ("n", "integer"), ("note", "text")], ["id"]
)
TIMEOUT_S = 60.0


class Away(MemoryLetters):
    """Kafka, which does not answer while `is_away`."""

    is_away = False

    def write(self, letters: Iterable[Letter], gone: Iterable[bytes]) -> None:
        if self.is_away:
            raise BrokerError("Kafka does not answer.", fix="start it")
        super().write(letters, gone)


class Pipeline:
    """The view `shown` of items, in a sink that refuses negative n, and any n once `bound` is
    below it. `kept`: further settings of the connection."""

    def __init__(self, folder: Path, topic: Letters, **kept: Any) -> None:
        self.topic, self.bound = topic, 2**30
        self.engine = DuckDBEngine.open(folder / "state.duckdb", threads=1)
        self.feed = Feed([ITEMS])
        view = ViewDefinition("shown", "SELECT id, n, note FROM items", Path("views/v.sql"), 1)
        self.engine.declare(view, self.feed.schemas, key=None, generation=1)
        self.connection = SinkConnection("target", "memory", {}, **kept)
        self.run, self.target = self.engine.begin_run(), MemoryTarget()
        self.sink: MemorySink | None = None
        self.delivery: Delivery | None = None

    def refuses(self, row: PlainRow) -> str:
        return "out of range" if row["n"] < 0 or row["n"] > self.bound else ""

    def put(self, rows: Mapping[int, int], note: str = "", gone: tuple[int, ...] = ()) -> None:
        """One batch in which these items change, and others go."""
        for number, n in rows.items():
            self.feed.put("public.items", {"id": number, "n": n, "note": note})
        for number in gone:
            self.feed.delete("public.items", {"id": number})
        self.engine.apply(self.feed.batch())
        if self.delivery is not None:
            self.delivery.notify()

    def deliver(self, **options: str) -> Delivery:
        """Begin to deliver, in place of a former delivery by other options."""
        definition = SinkDefinition(
            "shown_sink", "shown", "target", options, Path("views/v.sql"), 2
        )
        before, self.letters = self.delivery, DeadLetters(self.topic)
        if before is not None:
            before.stop()

        ownership = Ownership(self.run)

        def opened(schema: ViewSchema) -> MemorySink:
            self.sink = MemorySink(schema, self.refuses, writer=self.run.writer, target=self.target)
            ownership.require(definition.name, self.sink)
            return self.sink

        desk = Desk(self.letters, definition, self.connection)
        self.delivery = Delivery(self.engine, definition, opened, desk, before)
        self.delivery.start()
        return self.delivery

    @property
    def told(self) -> Delivery:
        assert self.delivery is not None
        return self.delivery

    def until(self, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not is_there():
            assert time.monotonic() < deadline, self.told.status
            time.sleep(0.02)

    def follow(self) -> None:
        """Wait until the newest cut is delivered; what is delivered and what is set aside are all
        that there is."""
        cut = self.engine.cut
        assert cut is not None
        its = self.told.status
        self.until(lambda: its.version >= cut.version and its.phase is Phase.FOLLOWING)
        rows = sum(batch.num_rows for batch in self.engine.rows("shown"))
        assert len(self.shown()) + self.told.dead_letters() == rows
        assert len(self.found()) == self.told.dead_letters()

    def shown(self) -> dict[int, int]:
        """What readers see: id -> n."""
        assert self.sink is not None
        live = [g.number for g in self.sink.generations().values() if g.is_live]
        return {row["id"]: row["n"] for number in live for row in self.sink.scan(number)}

    def found(self) -> dict[bytes, Any]:
        """The letters in Kafka."""
        return {name: orjson.loads(value) for name, value in self.topic.read().items()}

    def letters_of(self) -> dict[int, int]:
        """The letters' keys and n."""
        return {each["key"]["id"]: each["document"]["n"] for each in self.found().values()}

    def close(self) -> None:
        if self.delivery is not None:
            self.delivery.stop()
            self.delivery.join()
        self.engine.close()


Open = Callable[..., Pipeline]


@pytest.fixture
def opened(tmp_path: Path, kafka_bootstrap: str, topic_prefix: str) -> Iterator[Open]:
    made: list[Pipeline] = []

    def open_(max_message_bytes: int = 2**20, **kept: Any) -> Pipeline:
        topics = TopicSettings(max_message_bytes=max_message_bytes)
        kafka = Kafka({"bootstrap.servers": Secret(kafka_bootstrap)}, topics)
        made.append(Pipeline(tmp_path, DeadLetterTopic(kafka, topic_prefix), **kept))
        return made[-1]

    yield open_
    for each in made:
        each.close()


def test_refused_rows_are_set_aside_until_they_change_or_go(opened: Open) -> None:
    pipeline = opened()
    pipeline.put({number: -number if number in (3, 5) else number for number in range(10)})
    pipeline.deliver()
    pipeline.follow()
    assert pipeline.letters_of() == {3: -3, 5: -5} and 3 not in pipeline.shown()
    (name, letter), *_ = pipeline.found().items()
    assert letter["id"] == id_of(name)
    assert (letter["sink"], letter["view"], letter["generation"]) == ("shown_sink", "shown", 1)
    assert letter["reason"].endswith("out of range.") and letter["cut"] == "0/6E"

    pipeline.put({3: -33, 7: -7, 20: 20})
    pipeline.follow()
    assert pipeline.letters_of() == {3: -33, 5: -5, 7: -7}
    assert 7 not in pipeline.shown()  # how it was before would be taken for how it is

    pipeline.put({7: 77, 21: -21}, gone=(5,))
    pipeline.follow()
    assert pipeline.letters_of() == {3: -33, 21: -21}
    assert pipeline.shown()[7] == 77


def test_another_process_knows_them(opened: Open) -> None:
    pipeline = opened()
    pipeline.put({1: 1, 2: -2, 3: -3})
    pipeline.deliver()
    pipeline.follow()
    again = DeadLetters(pipeline.topic)
    place = pipeline.told._desk.place(1)
    assert again.of(place) == pipeline.letters.of(place) and len(again.of(place)) == 2
    assert again.drop(again.of(place)) == 2 and not pipeline.found()


def test_a_new_generation_has_its_own(opened: Open) -> None:
    pipeline = opened()
    pipeline.put({1: 1, 2: -2, 3: 3})
    pipeline.deliver()
    pipeline.follow()
    pipeline.bound = 2
    pipeline.put({2: 2, 4: -4})
    pipeline.follow()
    pipeline.deliver(index="another")
    pipeline.follow()
    assert pipeline.letters_of() == {3: 3, 4: -4}
    assert {letter["generation"] for letter in pipeline.found().values()} == {2}


def test_a_retry_sends_the_row_as_it_is_now(opened: Open) -> None:
    pipeline = opened()
    pipeline.bound = 5
    pipeline.put({number: number for number in range(10)})
    pipeline.deliver()
    pipeline.follow()
    assert sorted(pipeline.letters_of()) == [6, 7, 8, 9]
    pipeline.bound = 8
    retry = pipeline.told.retry(list(pipeline.found()))
    assert retry.is_done.wait(TIMEOUT_S) and retry.refused == 1
    pipeline.follow()
    assert pipeline.letters_of() == {9: 9} and pipeline.shown()[8] == 8
    assert not pipeline.told.retry([]).is_done.is_set()


def test_too_many_stop_the_sink(opened: Open) -> None:
    pipeline = opened(max_dead_letters=5)
    pipeline.put({number: number for number in range(10)})
    pipeline.deliver()
    pipeline.follow()
    before = pipeline.told.status.version
    pipeline.put({number: -1 for number in range(20, 26)})
    pipeline.until(lambda: pipeline.told.status.phase is Phase.STOPPED)
    assert "more than 5 rows are refused" in pipeline.told.status.error
    assert "raise max_dead_letters in [sink.target]" in pipeline.told.status.error
    assert pipeline.told.status.version == before and not pipeline.found()


def test_a_target_that_refuses_all_is_not_a_matter_of_rows(opened: Open) -> None:
    pipeline = opened()
    pipeline.put({number: number for number in range(10)})
    pipeline.deliver()
    pipeline.follow()
    pipeline.bound = -1
    pipeline.put({number: number for number in range(20, 120)})
    pipeline.until(lambda: pipeline.told.status.phase is Phase.STOPPED)
    assert "every one of 100 rows is refused" in pipeline.told.status.error
    assert not pipeline.found() and pipeline.shown() == {number: number for number in range(10)}


def test_the_cut_waits_for_kafka(tmp_path: Path) -> None:
    kafka = Away()
    pipeline = Pipeline(tmp_path, kafka)
    try:
        pipeline.put({1: 1, 2: 2})
        pipeline.deliver()
        pipeline.follow()
        kafka.is_away = True
        pipeline.put({3: 3})
        pipeline.follow()  # nothing is to be set aside
        before = pipeline.told.status.version
        pipeline.put({2: -2, 4: 4})
        pipeline.until(lambda: pipeline.told.status.phase is Phase.RETRYING)
        assert "A row cannot be set aside: Kafka does not answer" in pipeline.told.status.error
        assert pipeline.told.status.version == before
        assert pipeline.shown() == {1: 1, 2: 2, 3: 3}
        kafka.is_away = False
        pipeline.follow()
        assert pipeline.shown() == {1: 1, 3: 3, 4: 4} and pipeline.letters_of() == {2: -2}
    finally:
        pipeline.close()


def test_a_sink_may_stop_at_the_first(opened: Open) -> None:
    pipeline = opened(on_refused="stop")
    pipeline.put({1: 1, 2: -2})
    pipeline.deliver()
    pipeline.until(lambda: pipeline.told.status.phase is Phase.STOPPED)
    assert "out of range" in pipeline.told.status.error and not pipeline.found()


def test_a_row_too_long_for_kafka_leaves_its_document_out(opened: Open) -> None:
    pipeline = opened(max_message_bytes=100_000)
    pipeline.put({1: 1})
    pipeline.put({2: -2}, note="x" * 200_000)
    pipeline.put({3: -3}, note="x" * 50_000)
    pipeline.deliver()
    pipeline.follow()
    letters = {each["key"]["id"]: each for each in pipeline.found().values()}
    assert letters[2]["document"] is None and letters[2]["document_bytes"] > 200_000
    assert len(letters[3]["document"]["note"]) == 50_000


def test_what_is_too_long_even_without_its_document_is_an_error(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    """Nothing is called durable that is not, and the next letters are written."""
    settings = TopicSettings(max_message_bytes=100_000)
    topic = DeadLetterTopic(
        Kafka({"bootstrap.servers": Secret(kafka_bootstrap)}, settings), topic_prefix
    )
    place = Place("sink", "view", 1)
    short, long = (
        Letter(place, f'{{"id":{number}}}', "0/1", reason, "{}", 2, 0)
        for number, reason in enumerate(["refused.", "x" * 200_000])
    )
    with pytest.raises(BrokerError, match="even without the document"):
        topic.write([long], [])
    topic.write([short], [])
    assert [*topic.read()] == [short.name]
    topic.close()
