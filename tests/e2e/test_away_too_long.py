"""Rows deleted while materialize was away so long that the topics lost the tombstones: rebuilt
beside the live generation, or refused, as `on_gap` says; no deleted row stays."""

from __future__ import annotations

import signal
import time
from functools import partial
from pathlib import Path

import orjson
import pytest
from confluent_kafka import OFFSET_BEGINNING, KafkaError, TopicPartition

from cdc.config import Kafka, Secret
from materializers.intake.broker import consumer
from tests.commands import rederive
from tests.crash.bank import Watcher
from tests.crash.looks import one_row
from tests.e2e.small import Small, running, write_small

LAG_MS, RETENTION_MS = 10_000, 2_000
TOPICS = f"""
[kafka.topics]
partitions = 1
min_compaction_lag_ms = {LAG_MS}
delete_retention_ms = {RETENTION_MS}
"segment.ms" = "500"
"min.cleanable.dirty.ratio" = "0.01"
"max.compaction.lag.ms" = "{LAG_MS}"
"""
GONE = 10
SHOWN = "SELECT count(*)::int, min(id) FROM shown"
TIMEOUT_S = 120.0


@pytest.fixture
def small(tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str) -> Small:
    made = write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)
    file = made.folder / "rederive.toml"
    file.write_text(file.read_text().replace("[sink.", f"{TOPICS}\n[sink.", 1))
    return made


def set_policy(small: Small, policy: str) -> None:
    with (small.folder / "rederive.toml").open("a") as file:
        file.write(f'[pipeline]\non_gap = "{policy}"\n')


def keys_in(bootstrap: str, topic: str) -> set[int]:
    """The ids of all records and tombstones in the topic."""
    client, keys = consumer(Kafka({"bootstrap.servers": Secret(bootstrap)})), set[int]()
    client.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    try:
        while True:
            for message in client.consume(1000, 1.0):
                error = message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    return keys
                assert error is None, error
                keys.add(orjson.loads(message.key() or b"")["id"])
    finally:
        client.close()


def delete_and_compact(small: Small, bootstrap: str, topic: str) -> None:
    """Delete rows, and write until the topic has no trace of them."""
    small.execute(f"DELETE FROM items WHERE id <= {GONE}")
    deadline = time.monotonic() + TIMEOUT_S
    while keys_in(bootstrap, topic) & {*range(1, GONE + 1)}:
        assert time.monotonic() < deadline, keys_in(bootstrap, topic)
        small.execute("UPDATE items SET n = n + 1 WHERE id = 50")
        time.sleep(0.5)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("how", ["ended", "stopped"])
def test_deleted_rows_do_not_stay(
    small: Small, kafka_bootstrap: str, topic_prefix: str, how: str
) -> None:
    topic = f"{topic_prefix}.public.items"
    with running(small):
        process = small.processes.running["materialize"]
        # The schema has the offsets of the TRUNCATE, which the emptied state must not know
        rows = "INSERT INTO items SELECT i, i + 100 FROM generate_series(1, 50) i"
        small.execute(f"TRUNCATE items; {rows}")
        small.until(lambda: small.execute("SELECT min(n) FROM shown") == [(101,)])
        watcher = Watcher(partial(one_row, small.dsn, SHOWN))
        watcher.start()
        if how == "ended":
            process.terminate()
            assert small.ended("materialize") == 0
        else:
            process.send_signal(signal.SIGSTOP)
        delete_and_compact(small, kafka_bootstrap, topic)
        if how == "ended":
            small.processes.start("materialize")
        else:
            process.send_signal(signal.SIGCONT)
        small.until(lambda: small.execute(SHOWN) == [(50 - GONE, GONE + 1)])
        small.until(small.is_following)
        assert watcher.finish() == [(50, 1), (50 - GONE, GONE + 1)]
        log = (small.folder / "materialize.log").read_text()
        assert "rows that were deleted meanwhile could stay" in log and "as on_gap says" in log
        small.execute("INSERT INTO items VALUES (1000, 1)")
        small.until(lambda: small.execute(SHOWN) == [(51 - GONE, GONE + 1)])


@pytest.mark.timeout(300)
def test_on_gap_may_be_to_stop(small: Small, kafka_bootstrap: str) -> None:
    set_policy(small, "stop")
    with running(small):
        small.processes.running["materialize"].terminate()
        assert small.ended("materialize") == 0
        small.execute("DELETE FROM items WHERE id = 1")
        time.sleep((LAG_MS + RETENTION_MS) / 1000)  # status goes by the age alone
        told = rederive(small.folder, "status")
        assert told.returncode == 2 and "could stay" in told.stdout, told.stdout
        small.processes.start("materialize")
        assert small.ended("materialize") == 1
        last = small.processes.tail("materialize").strip().splitlines()[-1]
        assert "could stay" in last and "Fix: rebuild the views from the topics: on_gap" in last
        assert small.execute(SHOWN) == [(50, 1)]
        file = small.folder / "rederive.toml"
        file.write_text(file.read_text().replace('"stop"', '"rebuild"'))
        small.processes.start("materialize")
        small.until(lambda: small.execute(SHOWN) == [(49, 2)])
