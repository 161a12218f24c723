"""Records of our capture against Debezium's, for the same statements: keys, order, every field.

Left out: `Odd Names` (no topic can bear its name), `events` (no key), `documents` (Debezium's
placeholder for unchanged TOAST is what we never write; tests of capture hold that).
"""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition

from cdc.capture import Capture
from cdc.config import Kafka, Secret, Source
from cdc.contract.topics import TopicSettings, table_topic
from cdc.position import Lsn
from cdc.progress import Progress

HERE = Path(__file__).parent / "debezium"
TABLES = ("customers", "orders", "order_lines", "documents_full", "readings", "generated")
TIMEOUT_S = 60.0
# Of this run only: clocks, positions, names. What they mean is tested with capture.
VOLATILE = ("version", "name", "db", "ts_ms", "ts_us", "ts_ns", "sequence", "txId", "lsn")
Record = tuple[Any, Any]


@pytest.fixture
def captured(
    postgres_dsn: str, kafka_bootstrap: str, topic_prefix: str
) -> Iterator[dict[str, list[Record]]]:
    """The records of each table after before.sql, a capture's start, and during.sql."""
    tables = tuple(f"public.{name}" for name in TABLES)
    source = Source(topic_prefix, Secret(postgres_dsn), tables, heartbeat_interval_s=0.5)
    settings = {"bootstrap.servers": Secret(kafka_bootstrap)}
    kafka = Kafka(settings, TopicSettings(partitions=1, replication_factor=1))
    with psycopg.connect(postgres_dsn, autocommit=True) as database:
        database.execute((HERE / "before.sql").read_text())
        running = Running(Capture(source, kafka))
        running.wait(lambda progress: progress.phase == "stream")
        for statement in (HERE / "during.sql").read_text().splitlines():
            database.execute(statement)
        row = database.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
    assert row is not None
    running.wait(lambda progress: progress.lsn >= Lsn.parse(row[0]))
    running.stop()
    yield {
        name: records(kafka_bootstrap, table_topic(topic_prefix, f"public.{name}"))
        for name in TABLES
    }


class Running:
    """A capture in a thread of its own."""

    def __init__(self, capture: Capture) -> None:
        self._stop, self._news = threading.Event(), threading.Condition()
        self._progress: Progress | None = None
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=[capture])
        self._thread.start()

    def _run(self, capture: Capture) -> None:
        try:
            capture.run(self._stop, self._note)
        except Exception as error:
            self._failure = error
            with self._news:
                self._news.notify_all()

    def _note(self, progress: Progress) -> None:
        with self._news:
            self._progress = progress
            self._news.notify_all()

    def wait(self, is_reached: Any) -> None:
        with self._news:
            self._news.wait_for(
                lambda: self._failure or (self._progress and is_reached(self._progress)), TIMEOUT_S
            )
        if self._failure is not None or self._progress is None or not is_reached(self._progress):
            self.stop()
            raise AssertionError(f"capture is at {self._progress}") from self._failure

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(TIMEOUT_S)


def records(bootstrap: str, topic: str) -> list[Record]:
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": topic, "enable.partition.eof": True}
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    found: list[Record] = []
    while True:
        message = consumer.poll(TIMEOUT_S)
        assert message is not None, f"{topic} has no end"
        if message.error():  # the end of the partition
            consumer.close()
            return found
        key, value = message.key(), message.value()
        found.append((json.loads(key or b"null"), json.loads(value or b"null")))


def recorded() -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {name: [] for name in TABLES}
    with (HERE / "recorded" / "envelopes.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            name = event["topic"].removeprefix("shop.public.")
            if name in found:
                found[name].append((event["key"], event["value"]))
    return found


def comparable(record: Record, is_identity_full: bool) -> tuple[str, str]:
    """Key and value as text, so that the order of fields counts, without what differs by nature."""
    key, value = record
    if value is not None:
        source = value["source"]
        source.pop("commit_lsn", None)  # the one field we add
        source.update(dict.fromkeys(VOLATILE))
        # Debezium marks the first and the last row of a snapshot.
        source["snapshot"] = source["snapshot"] != "false"
        value.update(dict.fromkeys(("ts_ms", "ts_us", "ts_ns")))
        # Debezium's publication did not ask for generated columns.
        (value["after"] or {}).pop("doubled", None)
        if value["op"] == "d" and not is_identity_full:
            # Debezium makes up what is not in the log: "" or a default; we write null.
            value["before"] = {name: key.get(name) for name in value["before"]}
    return json.dumps(key), json.dumps(value)


def without_refill(records: list[Record]) -> list[Record]:
    """Without the rows that are refilled behind a change of the table's definition: every
    change is there all the same."""
    first = next(i for i, (_, v) in enumerate(records) if v is None or v["op"] != "r")
    return records[:first] + [r for r in records[first:] if r[1] is None or r[1]["op"] != "r"]


def test_records_are_debeziums(captured: dict[str, list[Record]]) -> None:
    theirs = recorded()
    for name in TABLES:
        is_full = name in ("orders", "documents_full")
        for ours, debeziums in zip(without_refill(captured[name]), theirs[name], strict=True):
            assert comparable(ours, is_full) == comparable(debeziums, is_full), name


def test_every_change_carries_its_commit(captured: dict[str, list[Record]]) -> None:
    """The field by which a reader stops at any commit; the same for all rows of one."""
    commits: dict[int, set[int]] = {}
    for name in TABLES:
        for _, value in captured[name]:
            if value is not None and value["op"] != "r":
                source = value["source"]
                commits.setdefault(source["txId"], set()).add(source["commit_lsn"])
                assert source["lsn"] <= source["commit_lsn"]
    assert all(len(positions) == 1 for positions in commits.values())
    assert len({min(positions) for positions in commits.values()}) == len(commits)
