"""How long a change takes from its commit in PostgreSQL until each sink shows it.

250 transactions a second of two updates each. Every transaction stamps one marker row, which a
poller per sink reads every few milliseconds; the time of the first reading that shows a stamp,
less the time its commit returned, is that stamp's latency. Once with the view kept in DuckDB, and
once with it kept row by row. Run: `python -m benchmarks.latency [--rate N]`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import redis
from elasticsearch import Elasticsearch, NotFoundError

from benchmarks.machine import save
from cdc.control import Control
from materializers.sinks.redis import read_live
from rederive.stack.addresses import Addresses
from rederive.stack.stack import Stack

CHANGES_PER_S = 500
ENGINES = ("duckdb", "auto")
SECONDS = 20
ROWS = 1_000
# A search costs the server what a lookup does not: asked without pause it would measure itself.
PAUSES_S = (0.03, 0.01, 0.01)

PROJECT = """
[source.pulse]
type = "postgresql"
dsn = "{a.postgres_dsn}"
tables = ["public.pulse"]
[kafka]
"bootstrap.servers" = "{a.kafka_bootstrap}"
[sink.search]
type = "elasticsearch"
hosts = ["{a.elasticsearch_url}"]
[sink.cache]
type = "redis"
url = "{a.redis_url}"
[sink.analytics]
type = "postgresql"
dsn = "{a.postgres_dsn}"
[pipeline]
engine = "{engine}"
"""

VIEW = """
CREATE MATERIALIZED VIEW pulses AS SELECT id, stamp FROM pulse;
CREATE SINK in_search FROM pulses WITH (connection = 'search', index = 'pulses');
CREATE SINK in_cache FROM pulses WITH (connection = 'cache', type = 'json');
CREATE SINK in_table FROM pulses WITH (connection = 'analytics', table = 'pulses');
"""

Look = Callable[[], int]


def look_table(a: Addresses) -> Look:
    connection = psycopg.connect(str(a.postgres_dsn), autocommit=True)

    def look() -> int:
        row = connection.execute("select stamp from pulses where id = 0").fetchone()
        return int(row[0]) if row else 0

    return look


def look_index(a: Addresses) -> Look:
    client = Elasticsearch(str(a.elasticsearch_url))

    def look() -> int:
        hits = client.search(index="pulses", query={"term": {"id": 0}})["hits"]["hits"]
        return int(hits[0]["_source"]["stamp"]) if hits else 0

    return look


def look_cache(a: Addresses) -> Look:
    client = redis.Redis.from_url(str(a.redis_url))

    def look() -> int:
        document = read_live(client, "in_cache", "pulses:0")
        return int(document["stamp"]) if document else 0

    return look


def poll(look: Look, first_seen: dict[int, float], stop: threading.Event, pause_s: float) -> None:
    newest = 0
    while not stop.is_set():
        try:
            stamp = look()
        except (NotFoundError, psycopg.errors.UndefinedTable):
            stamp = 0
        now = time.monotonic()
        for missed in range(newest + 1, stamp + 1):
            first_seen[missed] = now
        newest = max(newest, stamp)
        time.sleep(pause_s)


def pulse(dsn: str, per_s: float) -> dict[int, float]:
    """So many commits a second, evenly; stamp -> the moment its commit returned."""
    committed: dict[int, float] = {}
    with psycopg.connect(dsn, autocommit=True) as connection:
        began = time.monotonic()
        for stamp in range(1, int(per_s * SECONDS) + 1):
            row = stamp % ROWS + 1
            connection.execute("update pulse set stamp = %s where id in (0, %s)", (stamp, row))
            committed[stamp] = time.monotonic()
            time.sleep(max(0.0, began + stamp / per_s - time.monotonic()))
    return committed


def processes(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    for command in ("capture", "materialize"):
        log = (folder / f"{command}.log").open("wb")
        arguments = [sys.executable, "-m", "rederive", "--project", str(folder), command]
        yield subprocess.Popen(arguments, stdout=log, stderr=log)
        time.sleep(4)  # materialize needs the topics that capture makes


def measure(a: Addresses, folder: Path, engine: str, rate: int) -> dict[str, dict[str, float]]:
    with psycopg.connect(str(a.postgres_dsn), autocommit=True) as connection:
        connection.execute("create table pulse (id int primary key, stamp bigint not null)")
        connection.execute(f"insert into pulse select i, 0 from generate_series(0, {ROWS}) i")
    (folder / "views").mkdir()
    (folder / "rederive.toml").write_text(PROJECT.format(a=a, engine=engine))
    (folder / "views" / "pulses.sql").write_text(VIEW)
    running = list(processes(folder))
    stop = threading.Event()
    seen: dict[str, dict[int, float]] = {n: {} for n in ("elasticsearch", "redis", "postgresql")}
    try:
        wait_ready(folder)
        if engine == "auto":
            wait_for_rows(folder)
        looks = (look_index(a), look_cache(a), look_table(a))
        pollers = [
            threading.Thread(target=poll, args=(look, first, stop, pause_s))
            for look, first, pause_s in zip(looks, seen.values(), PAUSES_S, strict=True)
        ]
        for poller in pollers:
            poller.start()
        committed = pulse(str(a.postgres_dsn), rate / 2)
        deadline = time.monotonic() + 30
        while min(len(first) for first in seen.values()) < len(committed):
            assert time.monotonic() < deadline, {n: len(f) for n, f in seen.items()}
            time.sleep(0.1)
        stop.set()
        for poller in pollers:
            poller.join()
    finally:
        stop.set()
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
    return {sink: summary(committed, first) for sink, first in seen.items()}


def wait_ready(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        control = Control.connect(folder / ".rederive", "materialize")
        if control is not None:
            sinks = control.request("status")["views"]
            if all(sink["version"] >= 0 for sink in sinks):
                return
        time.sleep(0.2)
    raise SystemExit((folder / "materialize.log").read_text()[-2000:])


def wait_for_rows(folder: Path) -> None:
    """Until the view is kept row by row."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        control = Control.connect(folder / ".rederive", "materialize")
        if control is not None and control.request("explain", view="pulses")["engine"] == "rows":
            return
        time.sleep(0.2)
    raise SystemExit((folder / "materialize.log").read_text()[-2000:])


def summary(committed: dict[int, float], first: dict[int, float]) -> dict[str, float]:
    latencies = sorted(1000 * (first[stamp] - at) for stamp, at in committed.items())
    p99 = latencies[int(len(latencies) * 0.99)]
    return {"p50_ms": round(statistics.median(latencies), 1), "p99_ms": round(p99, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=CHANGES_PER_S, help="changes a second")
    rate = parser.parse_args().rate
    found: dict[str, dict[str, dict[str, float]]] = {}
    print(f"commit to sink, {rate} changes a second for {SECONDS} s")
    for engine in ENGINES:
        with tempfile.TemporaryDirectory(prefix="rederive-") as home:
            stack = Stack(Path(home) / "stack")
            try:
                folder = Path(home) / "project"
                folder.mkdir()
                found[engine] = measure(stack.start(), folder, engine, rate)
            finally:
                stack.stop()
        for sink, figure in found[engine].items():
            times = f"p50 {figure['p50_ms']:7.1f} ms   p99 {figure['p99_ms']:7.1f} ms"
            print(f"  {engine:7} {sink:14} {times}", flush=True)
    name = "latency" if rate == CHANGES_PER_S else f"latency_{rate}"
    print(save(name, {"changes_per_s": rate, "seconds": SECONDS, **found}).name, "written")


if __name__ == "__main__":
    main()
