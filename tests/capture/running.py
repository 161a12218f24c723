"""A capture that runs in a thread beside the test, and readers of its topics."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import orjson
import psycopg
from confluent_kafka import Consumer, TopicPartition

from cdc.broker import Topics
from cdc.capture import Capture
from cdc.commands import Commands
from cdc.config import Kafka, Secret, Source
from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import TopicSettings, cuts_topic, schemas_topic, table_topic
from cdc.position import Lsn
from cdc.progress import Progress

TIMEOUT_S = 30.0
PARTITIONS = 3


@dataclass(frozen=True, slots=True)
class Record:
    """A committed record of a topic; `value` is parsed, None for a tombstone."""

    partition: int
    offset: int
    key: Any
    value: Any


class RunningCapture:
    """Capture of `tables` while the `with` block runs; `error` is the one that ended it early."""

    def __init__(self, dsn: str, bootstrap: str, name: str, *tables: str) -> None:
        self.source = Source(
            name, Secret(dsn), tables or ("public.*",), heartbeat_interval_s=0.3,
        )  # fmt: skip
        self.kafka = Kafka(
            {"bootstrap.servers": Secret(bootstrap)}, TopicSettings(partitions=PARTITIONS)
        )
        self.database = psycopg.connect(dsn, autocommit=True)
        self.progress: list[Progress] = []
        self.error: BaseException | None = None
        self.resnapshot = self.take_over = self.wait = False

    def with_settings(self, **settings: Any) -> Self:
        self.source = replace(self.source, **settings)
        return self

    def execute(self, *statements: str) -> None:
        for statement in statements:
            self.database.execute(statement.encode())

    def one(self, query: str) -> Any:
        row = self.database.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    # ------------------------------------------------------------------ running

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self.progress, self.error = [], None
        self.commands = Commands(self.source, self._stop)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def _run(self) -> None:
        try:
            capture = Capture(
                self.source, self.kafka, progress_interval_s=0.01, commands=self.commands
            )
            capture.run(
                self._stop, self.progress.append, resnapshot=self.resnapshot,
                take_over=self.take_over, wait=self.wait,
            )  # fmt: skip
        except BaseException as error:
            self.error = error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive(), "capture did not stop"
        if error is None and self.error is not None:
            raise self.error

    def ended(self) -> BaseException:
        """Wait for capture to end by itself; the error it raised."""
        self._thread.join(TIMEOUT_S)
        error, self.error = self.error, None
        assert error is not None, "capture goes on"
        return error

    def is_following(self) -> bool:
        return bool(self.progress) and self.progress[-1].phase == "stream"

    def wait_until_following(self) -> None:
        self.wait_for(self.is_following)

    def catch_up(self) -> Lsn:
        """Wait until a cut holds everything committed so far; returns that position."""
        lsn = Lsn.parse(self.one("SELECT pg_current_wal_insert_lsn()::text"))
        self.wait_for(lambda: self.is_following() and self.progress[-1].lsn >= lsn)
        return lsn

    def wait_for(self, is_done: Any, timeout_s: float = TIMEOUT_S) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_done():
            if self.error is not None:
                raise self.error
            assert time.monotonic() < deadline, f"capture is stuck at {self.progress[-1:]}"
            time.sleep(0.005)

    # ------------------------------------------------------------------ reading

    def topics(self) -> set[str]:
        """The names of all topics."""
        return set(self.topic_client().partitions())

    def topic_client(self) -> Topics:
        return Topics(self.kafka)

    def records(self, table: str) -> list[Record]:
        """A table's committed records, in order within each partition."""
        name = table if "." in table else f"public.{table}"
        return read_topic(self.kafka, table_topic(self.source.name, name))

    def rows(self, table: str) -> dict[str, Any]:
        """The table's rows by the topic: the newest record of each key since it was last
        emptied."""
        return self.rows_of(table if "." in table else f"public.{table}")

    def rows_of(self, table: str) -> dict[str, Any]:
        """Like `rows`, for a table given with its schema's name."""
        schema = self.schemas()[table]
        begins = schema.emptied.offsets if schema.emptied else (0,) * PARTITIONS
        rows: dict[str, Any] = {}
        for record in read_topic(self.kafka, table_topic(self.source.name, table)):
            if record.offset < begins[record.partition]:
                continue
            key = orjson.dumps(record.key).decode()
            if record.value is None or record.value["after"] is None:
                rows.pop(key, None)
            else:
                rows[key] = record.value["after"]
        return rows

    def cuts(self) -> list[Cut]:
        topic = cuts_topic(self.source.name)
        return [Cut.from_json(orjson.dumps(r.value)) for r in read_topic(self.kafka, topic)]

    def check_acknowledged(self, confirmed: Lsn) -> None:
        """Assert that a cut at or after this position is committed.

        Kafka acknowledges a commit a moment before readers see it.
        """
        self.wait_for(lambda: any(cut.lsn >= confirmed for cut in self.cuts()))

    def schemas(self) -> dict[str, TableSchema]:
        """Every captured table's newest schema."""
        newest = {r.key: r.value for r in read_topic(self.kafka, schemas_topic(self.source.name))}
        values = [orjson.dumps(value) for value in newest.values() if value is not None]
        return {schema.table: schema for schema in map(TableSchema.from_json, values)}

    def schema_history(self) -> list[TableSchema]:
        topic = schemas_topic(self.source.name)
        records = [r for r in read_topic(self.kafka, topic) if r.value is not None]
        return [TableSchema.from_json(orjson.dumps(record.value)) for record in records]

    def confirmed(self) -> Lsn:
        """The slot's acknowledged position."""
        return Lsn.parse(self.one(
            "SELECT confirmed_flush_lsn::text FROM pg_replication_slots"
            f" WHERE slot_name = '{self.source.slot_name}'"
        ))  # fmt: skip


def read_topic(kafka: Kafka, topic: str) -> list[Record]:
    """Every committed record, up to the partitions' present ends."""
    consumer = Consumer({
        "bootstrap.servers": kafka.address, "group.id": "tests", "enable.auto.commit": False,
        "isolation.level": "read_committed", "enable.partition.eof": True, "fetch.wait.max.ms": 10,
    })  # fmt: skip
    metadata = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
    assert metadata.error is None, metadata.error
    consumer.assign([TopicPartition(topic, partition, 0) for partition in metadata.partitions])
    records: list[Record] = []
    ended: set[int] = set()
    deadline = time.monotonic() + TIMEOUT_S
    while len(ended) < len(metadata.partitions):
        assert time.monotonic() < deadline, f"{topic} was not read to its end"
        for message in consumer.consume(5_000, 0.2):
            deadline = time.monotonic() + TIMEOUT_S
            partition, offset, value = message.partition(), message.offset(), message.value()
            assert partition is not None and offset is not None
            if message.error() is not None:
                ended.add(partition)
                continue
            parsed = None if value is None else orjson.loads(value)
            records.append(Record(partition, offset, _parsed_key(message.key()), parsed))
    consumer.close()
    return sorted(records, key=lambda record: (record.partition, record.offset))


def _parsed_key(key: Any) -> Any:
    return orjson.loads(key) if key[:1] == b"{" else key
