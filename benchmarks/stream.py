"""Changes from Kafka to committed state, against the same delta as SQL in PostgreSQL.

A join and a group-by (`benchmarks/engine.py`) over a million orders. Every round is one source
transaction of 20,000 updates: ours reads its records from the broker, parses, propagates and
commits them; PostgreSQL takes the same rows by COPY and carries the delta to the orders and to a
table of totals, in one transaction, without Kafka or JSON. All rounds lie on the topic before the
first is read, as they do when the source is ahead. Changes a second are those of all rounds
together: what is received for one round while another is applied counts too. The delta is compared
by its median round, from the parsing (ours) or COPY (theirs) to the commit; both ratios are told.
Run: `python -m benchmarks.stream [--rows N] [--changes N] [--rounds N]`.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from statistics import median

import psycopg

from benchmarks.engine import REGIONS, SCHEMAS, VIEW, Topics
from benchmarks.machine import save
from cdc.broker import Topics as BrokerTopics
from cdc.config import Kafka, Secret, Source
from cdc.contract.topics import cuts_topic, schemas_topic, table_topic
from cdc.position import Lsn
from cdc.publish import Publisher
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.intake.batch import Records
from materializers.intake.reader import Reader
from materializers.view import ViewDefinition
from rederive.stack.stack import Stack

SOURCE = "shop"
LOAD_ROWS = 100_000
Change = tuple[int, int]

TABLES = """
CREATE TABLE customers (id bigint PRIMARY KEY, region text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, amount numeric(12,2), note text);
CREATE TABLE totals (region text PRIMARY KEY, orders bigint, total numeric);
"""
FILL = """
INSERT INTO customers SELECT i, 'region ' || i % {regions} FROM generate_series(0, {last}) i;
INSERT INTO orders SELECT i, i::bigint * 7919 % {customers}, (i % 100000) / 100.0,
    'an order of some length'
FROM generate_series(0, {rows} - 1) i;
INSERT INTO totals SELECT c.region, count(*), sum(o.amount)
FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY c.region;
ANALYZE;
"""
DELTA = """
WITH moved AS (
    SELECT o.customer_id, came.amount - o.amount AS amount
    FROM came JOIN orders o ON o.id = came.id
), delta AS (
    SELECT c.region, sum(moved.amount) AS amount
    FROM moved JOIN customers c ON c.id = moved.customer_id GROUP BY c.region
), written AS (
    UPDATE totals t SET total = t.total + delta.amount FROM delta WHERE delta.region = t.region
)
UPDATE orders o SET amount = came.amount FROM came WHERE came.id = o.id
"""


class Shop:
    """Writes the shop's topics as capture would."""

    def __init__(self, kafka: Kafka, customers: int) -> None:
        self.records = Topics(customers)
        topics = BrokerTopics(kafka)
        partitions = {table_topic(SOURCE, table): 6 for table in SCHEMAS}
        partitions |= {cuts_topic(SOURCE): 1, schemas_topic(SOURCE): 1}
        topics.create(partitions)
        self.publisher = Publisher(Source(SOURCE, Secret(""), tuple(SCHEMAS)), kafka, topics)
        self.publisher.fence()
        self.publisher.resume(None, topics.identities(partitions, partitions))
        self.lsn = 0

    def load(self, rows: int) -> None:
        """All customers and orders, and the cut behind them."""
        self.publisher.begin()
        for schema in SCHEMAS.values():
            self.publisher.schema(schema)
        records = Records()
        for number in range(self.records.customers):
            self.records.customer(records, number)
        self._publish("public.customers", records)
        for start in range(0, rows, LOAD_ROWS):
            self.orders([(n, n % 100_000) for n in range(start, min(start + LOAD_ROWS, rows))])

    def orders(self, changes: list[Change]) -> int:
        """One transaction of orders (number, cents); the version of its cut."""
        records = Records()
        for number, cents in changes:
            self.records.order(records, number, cents)
        self._publish("public.orders", records)
        self.lsn += 8
        return self.publisher.commit(Lsn(self.lsn), 0).version

    def _publish(self, table: str, records: Records) -> None:
        self.publisher.begin()
        topic = table_topic(SOURCE, table)
        for key, value in zip(records.keys, records.values, strict=True):
            self.publisher.publish(topic, value, key)


class Ours:
    """Reader and engine, from offset zero on."""

    def __init__(self, kafka: Kafka, folder: Path) -> None:
        self.engine = DuckDBEngine.open(folder / "pipeline.duckdb")
        definition = ViewDefinition("totals", VIEW, Path("totals.sql"), 1)
        self.engine.declare(definition, SCHEMAS, key=None, generation=1)
        self.reader = Reader(kafka, SOURCE, self.engine.tables_needed())
        self.reader.start({}, None)

    def reach(self, version: int) -> tuple[float, float]:
        """Seconds until everything up to that cut is committed, and of them in the engine."""
        start, applying = time.perf_counter(), 0.0
        while self.engine.cut is None or self.engine.cut.version < version:
            batch = self.reader.read(30, after=self.engine.cut, upto=version)
            assert batch is not None, "no cut within thirty seconds"
            came = time.perf_counter()
            self.engine.apply(batch)
            applying += time.perf_counter() - came
        return time.perf_counter() - start, applying

    def total(self) -> str:
        """The sum over all regions."""
        batches = self.engine.rows("totals")
        return str(sum(row["total"] for batch in batches for row in batch.to_pylist()))

    def close(self) -> None:
        self.reader.close()
        self.engine.close()


class Theirs:
    """The same tables and totals in PostgreSQL."""

    def __init__(self, dsn: str, rows: int, customers: int) -> None:
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.connection.execute(TABLES)
        fill = FILL.format(regions=REGIONS, last=customers - 1, customers=customers, rows=rows)
        self.connection.execute(fill.encode())
        self.connection.execute("CREATE TEMP TABLE came (id bigint, amount numeric(12,2))")

    def apply(self, changes: list[Change]) -> float:
        """Seconds of one transaction."""
        lines = "".join(f"{number}\t{cents / 100:.2f}\n" for number, cents in changes)
        start = time.perf_counter()
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute("TRUNCATE came")
            with cursor.copy("COPY came FROM STDIN") as copy:
                copy.write(lines)
            cursor.execute(DELTA)
        return time.perf_counter() - start

    def total(self) -> str:
        row = self.connection.execute(
            "SELECT sum(total)::numeric(38,2)::text FROM totals"
        ).fetchone()
        assert row is not None
        return str(row[0])


def measure(home: Path, rows: int, changes: int, rounds: int) -> dict[str, object]:
    """Both, round by round; they must agree at the end."""
    stack = Stack(home / "stack", servers=("postgres", "kafka"))
    try:
        addresses = stack.start()
        kafka = Kafka({"bootstrap.servers": Secret(addresses.kafka_bootstrap or "")})
        shop = Shop(kafka, rows // 10)
        shop.load(rows)
        ours = Ours(kafka, home)
        load, _ = ours.reach(shop.lsn)
        theirs = Theirs(addresses.postgres_dsn or "", rows, rows // 10)
        given = [
            [(n, random.randrange(100_000)) for n in random.sample(range(rows), changes)]
            for _ in range(rounds)
        ]
        mine = [ours.reach(version) for version in [shop.orders(each) for each in given]]
        other = [theirs.apply(each) for each in given]
        ours_s, theirs_s = sum(whole for whole, _ in mine) / rounds, sum(other) / rounds
        delta_s, their_delta_s = median(applying for _, applying in mine), median(other)
        assert ours.total() == theirs.total(), (ours.total(), theirs.total())
        ours.close()
    finally:
        stack.stop()
    return {
        "rows": rows,
        "changes": changes,
        "load_records_per_s": round((rows + rows // 10) / load),
        "ours_ms": round(ours_s * 1e3, 1),
        "postgresql_ms": round(theirs_s * 1e3, 1),
        "ours_changes_per_s": round(changes / ours_s),
        "times_postgresql": round(theirs_s / ours_s, 2),
        "delta_ms": round(delta_s * 1e3, 1),
        "postgresql_delta_ms": round(their_delta_s * 1e3, 1),
        "delta_times_postgresql": round(their_delta_s / delta_s, 2),
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, save `results/stream.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=25)
    given = parser.parse_args(arguments)
    random.seed(1)
    with tempfile.TemporaryDirectory(prefix="rederive-bench-") as home:
        found = measure(Path(home), given.rows, given.changes, given.rounds)
    print(f"{found['changes']:,} changes a round, over {found['rows']:,} rows")
    for name, ours, theirs, times in (
        ("Kafka to committed state", "ours_ms", "postgresql_ms", "times_postgresql"),
        ("the delta, median round", "delta_ms", "postgresql_delta_ms", "delta_times_postgresql"),
    ):
        print(f"  {name}  {found[ours]:>6} ms  PostgreSQL {found[theirs]:>6} ms ", end="")
        print(f"{found[times]:>6} times as fast")
    print(f"  {found['ours_changes_per_s']:,} changes a second (aims: 100,000 a second, 5 times)")
    print(save("stream", found).name, "written")


if __name__ == "__main__":
    main()
