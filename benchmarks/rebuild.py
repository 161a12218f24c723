"""Rebuilding the flights join from offset zero, against a bare drain of the same topics.

The bare drain is a well-tuned `consume()` loop that looks at nothing; ours reads the same
partitions, parses every envelope, keeps the four tables and builds the view in one pass, until
its first exact cut is committed. In turn, three times each. Run: `python -m benchmarks.rebuild`.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path

import psycopg
from confluent_kafka import OFFSET_BEGINNING, TopicPartition

from benchmarks.machine import save
from cdc.capture import Capture
from cdc.config import Kafka, Secret, Source
from cdc.contract.topics import table_topic
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.intake.broker import consumer, partitions_of
from materializers.intake.reader import Reader
from materializers.intake.tail import read_newest_cut, read_schemas
from materializers.project.ddl import parse_definitions
from rederive.demo.load import create_databases, load
from rederive.stack.stack import Stack

ROUNDS = 3
TABLES = ("public.flights", "public.airlines", "public.airports", "public.planes")
VIEW = Path(__file__).parent.parent / "examples" / "flights" / "views" / "flight_search.sql"


def fill(dsn: str, kafka: Kafka) -> Source:
    """Load the tables and capture them until the snapshot is complete."""
    create_databases(dsn)
    database = psycopg.conninfo.make_conninfo(dsn, dbname="flights")
    load(database, None, lambda table, done, total: None)
    source = Source("flights", Secret(database), TABLES)
    stop = threading.Event()
    worker = threading.Thread(target=Capture(source, kafka).run, args=(stop,))
    worker.start()
    while not is_complete(kafka):
        time.sleep(0.2)
    stop.set()
    worker.join()
    return source


def is_complete(kafka: Kafka) -> bool:
    client = consumer(kafka)
    try:
        if "flights.cuts" not in client.list_topics(timeout=10).topics:
            return False
    finally:
        client.close()
    cut = read_newest_cut(kafka, "flights")
    return cut is not None and cut.snapshot is None


def drain(kafka: Kafka) -> tuple[int, float]:
    """Records, and seconds from the first batch to the end of every partition."""
    client = consumer(kafka)
    topics = [table_topic("flights", table) for table in TABLES]
    places = [
        TopicPartition(topic, partition, OFFSET_BEGINNING)
        for topic in topics
        for partition in partitions_of(kafka, client, topic)
    ]
    client.assign(places)
    records, ended, began = 0, 0, time.monotonic()
    while ended < len(places):
        for message in client.consume(10_000, 0.1):
            if message.error() is None:
                records += 1
            else:
                ended += 1
    seconds = time.monotonic() - began
    client.close()
    return records, seconds


def rebuild(kafka: Kafka, folder: Path) -> tuple[int, float]:
    """Records, and seconds until the view stands at its first exact cut, committed."""
    (definition,) = parse_definitions(VIEW, VIEW.read_text()).views
    engine = DuckDBEngine.open(folder / "state.duckdb")
    schemas = read_schemas(kafka, "flights")
    engine.declare(definition, schemas, key=None, generation=1)
    reader = Reader(kafka, "flights", engine.tables_needed())
    records, began = 0, time.monotonic()
    reader.start({}, None)
    while engine.cut is None:
        batch = reader.read(10)
        assert batch is not None, "no cut within ten seconds"
        engine.apply(batch)
        records += batch.rows
    seconds = time.monotonic() - began
    reader.close()
    rows = engine.views[definition.name].rows
    engine.close()
    assert rows > 300_000, rows
    return records, seconds


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rederive-") as home:
        stack = Stack(Path(home) / "stack", servers=("postgres", "kafka"))
        try:
            addresses = stack.start()
            kafka = Kafka({"bootstrap.servers": Secret(addresses.kafka_bootstrap)})
            fill(addresses.postgres_dsn or "", kafka)
            bare, ours = [], []
            for turn in range(ROUNDS):
                records, seconds = drain(kafka)
                bare.append(records / seconds)
                folder = Path(home) / f"round{turn}"
                folder.mkdir()
                records, seconds = rebuild(kafka, folder)
                ours.append(records / seconds)
        finally:
            stack.stop()
    report(records, bare, ours)


def report(records: int, bare: list[float], ours: list[float]) -> None:
    ratio = statistics.median(o / b for o, b in zip(ours, bare, strict=True))
    print(f"{records:,} records of the flights join, median of {ROUNDS} turns")
    print(f"  bare consume()          {statistics.median(bare):10,.0f} records/s")
    print(f"  rebuild to a built view {statistics.median(ours):10,.0f} records/s")
    print(f"  ratio                   {ratio:10.2f}   (aim: 0.35)")
    figures = {
        "records": records,
        "bare_records_per_s": [round(rate) for rate in bare],
        "rebuild_records_per_s": [round(rate) for rate in ours],
        "ratio_median": round(ratio, 3),
    }
    print(save("rebuild", figures).name, "written")


if __name__ == "__main__":
    main()
