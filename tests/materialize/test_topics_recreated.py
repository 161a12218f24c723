"""Topics deleted, recreated or given partitions beneath a reader: every exact batch is right, and
where capture has yet to refill a table the reader says so and waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cdc.contract.topics import cuts_topic, schemas_topic
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.errors import TopicMoved
from materializers.intake.reader import Reader
from materializers.view import ViewDefinition
from tests.capture.changed_broker import Broker, changes, refilling
from tests.capture.running import RunningCapture

ROWS = 30
TIMEOUT_S = 60.0
BOTH = "SELECT t.id, t.n, other.n AS m FROM t JOIN other ON other.id = t.id"


class Follower:
    """An engine with one view over both tables, and a reader of its own. In every transaction all
    rows of both tables get one number, so that each cut shows whether it is whole."""

    def __init__(self, capture: RunningCapture, folder: Path) -> None:
        self.capture, self.number = capture, 0
        self.engine = DuckDBEngine.open(folder / "state.duckdb", threads=1)
        self.reader: Reader | None = None

    def begin(self) -> None:
        """Read on behind the state."""
        if not self.engine.views:
            definition = ViewDefinition("both", BOTH, Path("views/both.sql"), 1)
            schemas = self.capture.schemas()
            self.engine.declare(definition, schemas, key=None, generation=1)
        tables = ["public.t", "public.other"]
        self.reader = Reader(self.capture.kafka, self.capture.source.name, tables)
        self.reader.start(self.engine.offsets, self.engine.cut, self.engine.schemas)

    def end(self) -> None:
        if self.reader is not None:
            self.reader.close()
        self.reader = None

    def move(self) -> None:
        """One transaction that changes every row, and which rows there are."""
        self.number += 1
        row = f"{ROWS + self.number}, {self.number}"
        self.capture.execute(
            f"UPDATE t SET n = {self.number}; UPDATE other SET n = {self.number};"
            f" INSERT INTO t VALUES ({row}); INSERT INTO other VALUES ({row});"
            f" DELETE FROM t WHERE id = {self.number}"
        )

    def turn(self) -> None:
        assert self.reader is not None
        batch = self.reader.read(0.2, after=self.engine.cut)
        if batch is None:
            return
        self.engine.apply(batch)
        if batch.is_exact:
            numbers = {number for _, n, m in self.rows() for number in (n, m)}
            assert len(numbers) <= 1, f"{batch.cut.lsn} shows {numbers}"

    def rows(self) -> list[tuple[int, int, int]]:
        found = (row for rows in self.engine.rows("both") for row in rows.to_pylist())
        return sorted((row["id"], row["n"], row["m"]) for row in found)

    def reach_the_source(self) -> None:
        expected = self.capture.database.execute(f"{BOTH} ORDER BY 1".encode()).fetchall()
        deadline = time.monotonic() + TIMEOUT_S
        while self.engine.cut is None or self.rows() != expected:
            if self.capture.error is not None:
                raise self.capture.error
            assert time.monotonic() < deadline, (self.engine.cut, self.rows(), expected)
            self.turn()


@pytest.fixture
def follower(
    postgres_dsn: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path
) -> Iterator[Follower]:
    capture = RunningCapture(postgres_dsn, kafka_bootstrap, topic_prefix)
    capture.execute(*(
        f"CREATE TABLE {table} (id int PRIMARY KEY, n int NOT NULL);"
        f" INSERT INTO {table} SELECT i, 0 FROM generate_series(1, {ROWS}) i"
        for table in ("t", "other")
    ))  # fmt: skip
    made = Follower(capture, tmp_path)
    yield made
    made.end()
    made.engine.close()
    capture.database.close()


@changes
def test_a_reader_at_work_goes_on(
    follower: Follower, change: Callable[[Broker], None], told: str
) -> None:
    capture = refilling(follower.capture)
    with capture:
        capture.catch_up()
        follower.begin()
        follower.move()
        follower.reach_the_source()
        change(Broker(capture))
        for _ in range(3):
            follower.move()
            follower.turn()
        follower.reach_the_source()
        follower.move()
        follower.reach_the_source()


@changes
def test_one_that_was_away_goes_on(
    follower: Follower, change: Callable[[Broker], None], told: str
) -> None:
    """What it had not read of the topic is gone; the topic is longer now than it was."""
    capture = refilling(follower.capture)
    with capture:
        capture.catch_up()
        follower.begin()
        follower.reach_the_source()
        follower.end()
        follower.move()
        capture.catch_up()
    change(Broker(capture))
    with capture:
        for _ in range(20):
            follower.move()
        capture.catch_up()
        follower.begin()
        follower.reach_the_source()


@pytest.mark.parametrize("topic", [cuts_topic, schemas_topic])
def test_bookkeeping_deleted_beneath_it(follower: Follower, topic: Callable[[str], str]) -> None:
    capture = refilling(follower.capture)
    with capture:
        capture.catch_up()
        follower.begin()
        follower.reach_the_source()
        Broker(capture).delete(topic(capture.source.name))
        follower.move()
        follower.reach_the_source()
        follower.move()
        follower.reach_the_source()


@pytest.mark.parametrize("recreate", [Broker.delete, Broker.recreate, Broker.recreate_as_long])
def test_it_waits_while_capture_has_stopped(
    follower: Follower, recreate: Callable[[Broker], None]
) -> None:
    capture = follower.capture
    with capture:
        capture.catch_up()
        follower.begin()
        follower.reach_the_source()
        before = follower.rows()
        recreate(Broker(capture))
        follower.move()
        capture.ended()
    reader = follower.reader
    assert reader is not None
    deadline = time.monotonic() + TIMEOUT_S
    while reader.absence() is None:
        assert time.monotonic() < deadline, reader.absence()
        follower.turn()
    assert follower.rows() == before
    capture.resnapshot = True
    with capture:
        follower.reach_the_source()
        follower.move()
        follower.reach_the_source()
    assert reader.absence() is None


def test_a_reader_is_not_begun_in_a_topic_that_holds_nothing(follower: Follower) -> None:
    capture = follower.capture
    with capture:
        capture.catch_up()
    Broker(capture).recreate()
    with pytest.raises(TopicMoved, match=r"gone or was recreated, and does not.*rederive capture"):
        follower.begin()


def test_a_state_of_an_older_version_goes_on(follower: Follower) -> None:
    """Its schemas tell no ids: the topics are taken for the same."""
    capture = refilling(follower.capture)
    with capture:
        capture.catch_up()
        follower.begin()
        follower.reach_the_source()
        follower.end()
        engine = follower.engine
        engine.schemas.update({t: replace(s, topic_id="") for t, s in engine.schemas.items()})
        follower.move()
        follower.begin()
        follower.reach_the_source()
