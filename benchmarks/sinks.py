"""Each sink against its bare limit on the same server, one after the other, in the same run.

Rows are as wide as the flights view (about 400 bytes of JSON). The limits get bytes that were made
before the clock started: COPY into a table with a key, SET commands packed by hand, bulk bodies,
two at a time, without versions. The sinks get Arrow batches. `load` fills a new generation, `step`
replaces rows of the live one. Run: `python -m benchmarks.sinks [--rows N] [--rounds N]`.
"""

from __future__ import annotations

import argparse
import os
import resource
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import redis
from elasticsearch import Elasticsearch

from benchmarks.machine import save
from materializers.sinks.connection import SinkConnection
from materializers.sinks.elasticsearch.mapping import mappings
from materializers.sinks.postgresql.table import row_line
from materializers.sinks.redis.command import Wire, row_sql
from materializers.sinks.registry import open_sink
from materializers.sinks.renderer import Renderer
from materializers.sinks.sink import Sink
from materializers.step import Step
from materializers.view import SinkDefinition, ViewColumn, ViewSchema
from materializers.writer import Writer
from rederive.stack.addresses import Addresses
from rederive.stack.stack import Stack

BATCH_ROWS = 20_000
STEP_ROWS = 20_000
BODY_BYTES = 5_000_000

_TYPES = {
    "id": "bigint",
    "carrier": "text",
    "airline": "text",
    "dep_delay": "double precision",
    "distance": "numeric",
    "time_hour": "timestamp with time zone",
    "origin": "jsonb",
    "plane": "jsonb",
}
VIEW = ViewSchema("rows", tuple(ViewColumn(*column) for column in _TYPES.items()), ("id",))


def batches(rows: int) -> list[pa.RecordBatch]:
    """Rows of the view, the same at every call."""
    starts = range(0, rows, BATCH_ROWS)
    return [_batch(start, min(BATCH_ROWS, rows - start)) for start in starts]


def _batch(start: int, count: int) -> pa.RecordBatch:
    numbers = range(start, start + count)
    origin = '{{"faa":"EWR","name":"Newark Liberty Intl","lat":40.69,"lon":-74.17,"at":{}}}'
    plane = '{{"tailnum":"N{}","year":2004,"manufacturer":"EMBRAER","model":"EMB-145","seats":55}}'
    columns = {
        "id": pa.array(numbers, pa.int64()),
        "carrier": pa.array([("UA", "AA", "B6")[at % 3] for at in numbers]),
        "airline": pa.array(["ExpressJet Airlines Inc."] * count),
        "dep_delay": pa.array([at % 300 - 20.0 for at in numbers]),
        "distance": pa.array([Decimal(at % 3000) for at in numbers], pa.decimal128(20, 2)),
        "time_hour": pa.array([1_357_000_000_000_000 + at for at in numbers]).cast(
            pa.timestamp("us", tz="UTC")
        ),
        "origin": pa.array([origin.format(at % 97) for at in numbers]),
        "plane": pa.array([plane.format(at % 3000) for at in numbers]),
    }
    return pa.RecordBatch.from_pydict(columns)


Bytes = list[tuple[int, bytes]]


def ready(rows: int, expression: Callable[[Any], str], rows_max: int) -> Bytes:
    """The rows' bytes by parts, each with its number of rows: what a limit sends."""
    with closing(Renderer(VIEW)) as renderer:
        return [
            (count, bytes(part))
            for batch in batches(rows)
            for lines in renderer.lines(batch, expression(renderer.expressions(batch)))
            for count, part in lines.slices(sys.maxsize, rows_max)
        ]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and seconds of this process' CPU."""
    started, before = time.perf_counter(), _cpu_s()
    work()
    return time.perf_counter() - started, _cpu_s() - before


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Target:
    """One kind of sink on one server. `limit` prepares the bytes and returns what sends them."""

    type = ""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses

    def connection(self) -> SinkConnection:
        raise NotImplementedError

    def limit(self, rows: int) -> Callable[[], object]:
        raise NotImplementedError

    def sink(self) -> Sink:
        definition = SinkDefinition(f"bench_{self.type}", "rows", "bench", {}, Path("bench"), 1)
        writer = Writer("bench", secrets.token_hex(8), "here", "bench", 0, os.getpid())
        sink = open_sink(definition, self.connection(), VIEW, writer)
        sink.claim(writer.run, sink.owner())
        return sink


class PostgresqlTarget(Target):
    type = "postgresql"

    def connection(self) -> SinkConnection:
        return SinkConnection("bench", self.type, {"dsn": self.addresses.postgres_dsn})

    def limit(self, rows: int) -> Callable[[], object]:
        parts = ready(rows, row_line, 2_000)
        columns = ", ".join(f"{name} {type_name}" for name, type_name in _TYPES.items())

        def copy() -> None:
            with psycopg.connect(str(self.addresses.postgres_dsn)) as connection:
                connection.execute("DROP TABLE IF EXISTS bare")
                connection.execute(f"CREATE TABLE bare ({columns}, PRIMARY KEY (id))".encode())
                with connection.cursor().copy("COPY bare FROM STDIN") as stream:
                    for _, part in parts:
                        stream.write(part)

        return copy


class RedisTarget(Target):
    type = "redis"

    def connection(self) -> SinkConnection:
        return SinkConnection("bench", self.type, {"url": self.addresses.redis_url})

    def limit(self, rows: int) -> Callable[[], object]:
        def command(expressions: Any) -> str:
            row = row_sql(["concat('bare:', id)", expressions.document()])
            return f"concat('*3', chr(13), chr(10), '$3', chr(13), chr(10), 'SET', {CRLF}, {row})"

        parts = ready(rows, command, 1_000)

        def pipeline() -> None:
            client = redis.Redis.from_url(str(self.addresses.redis_url))
            with closing(client), Wire(client) as wire:
                for at, (_, part) in enumerate(parts):
                    wire.send([part])
                    if at >= 1:
                        _receive(wire, parts[at - 1][0])
                _receive(wire, parts[-1][0])

        return pipeline


CRLF = "chr(13), chr(10)"


def _receive(wire: Wire, count: int) -> None:
    for _ in range(count):
        wire.receive()


class ElasticsearchTarget(Target):
    type = "elasticsearch"

    def connection(self) -> SinkConnection:
        return SinkConnection("bench", self.type, {"hosts": [self.addresses.elasticsearch_url]})

    def limit(self, rows: int) -> Callable[[], object]:
        def line(expressions: Any) -> str:
            head = '\'{"index":{"_id":"\', id, \'"}}\', chr(10)'
            return f"concat({head}, {expressions.document()}, chr(10))"

        parts = [part for _, part in ready(rows, line, BODY_BYTES // 500)]
        mapping = self._mapping()

        def bulk() -> None:
            with closing(Elasticsearch(str(self.addresses.elasticsearch_url))) as client:
                client.indices.delete(index="bare", ignore_unavailable=True)
                settings = {"refresh_interval": "-1", "number_of_replicas": 0}
                client.indices.create(index="bare", settings=settings, mappings=mapping)

                def send(part: bytes) -> None:
                    answer = client.options(request_timeout=60).bulk(
                        index="bare",
                        operations=[part],  # type: ignore[list-item]
                        filter_path="errors",
                    )
                    assert not answer["errors"]

                with ThreadPoolExecutor(2) as threads:
                    list(threads.map(send, parts))
                client.indices.refresh(index="bare")

        return bulk

    def _mapping(self) -> dict[str, Any]:
        return mappings(VIEW, (), "bench")


TARGETS = (PostgresqlTarget, RedisTarget, ElasticsearchTarget)


def measure(target: Target, rows: int) -> Iterator[tuple[str, float, float]]:
    """Name, rows a second and microseconds of CPU a row, for each way of one round."""
    made = batches(rows)
    changed = made[: max(1, STEP_ROWS // BATCH_ROWS)]
    count = sum(batch.num_rows for batch in changed)
    yield "limit", *_rate(rows, timed(target.limit(rows)))
    with closing(target.sink()) as sink:
        number = max([0, *sink.generations()]) + 1
        sink.create(number)
        loaded = timed(lambda: sink.write(number, Step(1, "{}", made, [])))
        yield "load", *_rate(rows, loaded)
        sink.switch(number)
        for other in sink.generations().keys() - {number}:
            sink.drop(other)
        stepped = timed(lambda: sink.write(number, Step(2, "{}", changed, [])))
        yield "step", *_rate(count, stepped)


def _rate(rows: int, took: tuple[float, float]) -> tuple[float, float]:
    seconds, cpu_s = took
    return rows / seconds, cpu_s / rows * 1e6


def run(addresses: Addresses, rows: int, rounds: int) -> dict[str, Any]:
    """Medians over the rounds, and each way's ratio to the limit of its own round."""
    figures: dict[str, Any] = {}
    for kind in TARGETS:
        target = kind(addresses)
        taken = [
            {name: (rate, cpu) for name, rate, cpu in measure(target, rows)} for _ in range(rounds)
        ]
        figures[target.type] = {
            name: {
                "rows_per_s": round(statistics.median(one[name][0] for one in taken)),
                "cpu_us_per_row": round(statistics.median(one[name][1] for one in taken), 2),
                "of_limit": round(
                    statistics.median(one[name][0] / one["limit"][0] for one in taken), 2
                ),
            }
            for name in taken[0]
        }
        _show(target.type, figures[target.type])
    return figures


def _show(kind: str, ways: dict[str, Any]) -> None:
    for name, way in ways.items():
        rate, cpu = f"{way['rows_per_s']:>9,} rows/s", f"{way['cpu_us_per_row']:>6} µs CPU a row"
        print(f"{kind:<14} {name:<6} {rate} {cpu}   {way['of_limit']:.2f} of its limit", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Start the servers, measure, print, save `results/sinks.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--home", type=Path, help="use and keep the servers of this folder")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="rederive-bench-") as folder:
        stack = Stack(given.home or Path(folder), ("postgres", "redis", "elasticsearch"))
        try:
            stack.start()
            save("sinks", run(stack.addresses(), given.rows, given.rounds))
        finally:
            if given.home is None:
                stack.stop()


if __name__ == "__main__":
    main()
