"""The view engine against a bare DuckDB query of the same view, in the same run, without Kafka.

A join and a group-by over orders and customers. `bulk`: from records as they lie on a topic to the
first committed state. `batches`: updates of random orders in batches of 100, 2,000 and 20,000,
parsed, propagated, committed; the median. `bare`: the same SELECT over ready tables. A batch is
measured as seconds on the clock and of CPU. Run: `python -m benchmarks.engine [--rows N]`.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.machine import save
from cdc.contract.cut import Cut
from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.plan import Planning, whole_select
from materializers.intake.batch import Batch, Records
from materializers.sql.catalogue import BUILT_IN
from materializers.view import ViewDefinition

PARTITIONS = 6
BATCHES = (100, 2_000, 20_000)
BULK_PART_ROWS = 500_000
REGIONS = 50
VIEW = """
SELECT c.region, count(*) AS orders, sum(o.amount) AS total, avg(o.amount) AS mean
FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY c.region
"""


def _schema(table: str, columns: list[Column]) -> TableSchema:
    return TableSchema(f"public.{table}", tuple(columns), ("id",), Lsn(1))


SCHEMAS = {
    schema.table: schema
    for schema in (
        _schema(
            "orders",
            [
                Column("id", "bigint", 20, nullable=False),
                Column("customer_id", "bigint", 20),
                Column("amount", "numeric", 1700, (12 << 16 | 2) + 4),
                Column("note", "text", 25),
            ],
        ),
        _schema(
            "customers",
            [Column("id", "bigint", 20, nullable=False), Column("region", "text", 25)],
        ),
    )
}
_ENVELOPE = (
    '{"before":null,"after":%s,"source":{"version":"0","connector":"postgresql","name":"shop",'
    '"ts_ms":1700000000000,"snapshot":"false","db":"shop","sequence":"[]","schema":"public",'
    '"table":"%s","txId":771,"lsn":24023128,"xmin":null,"commit_lsn":24023200},"op":"c",'
    '"ts_ms":1700000000123}'
)


class Topics:
    """Makes records as capture would, and batches with rising cuts."""

    def __init__(self, customers: int) -> None:
        self.customers = customers
        self.lsn = 0
        self.offset = 0

    def order(self, records: Records, number: int, cents: int) -> None:
        """One order's record."""
        after = (
            f'{{"id":{number},"customer_id":{number * 7919 % self.customers},'
            f'"amount":"{cents // 100}.{cents % 100:02d}","note":"an order of some length"}}'
        )
        self.add(records, "orders", number, after)

    def customer(self, records: Records, number: int) -> None:
        """One customer's record."""
        after = f'{{"id":{number},"region":"region {number % REGIONS}"}}'
        self.add(records, "customers", number, after)

    def add(self, records: Records, table: str, number: int, after: str) -> None:
        """A record of any table."""
        self.offset += 1
        records.keys.append(b'{"id":%d}' % number)
        records.values.append((_ENVELOPE % (after, table)).encode())
        records.partitions.append(number % PARTITIONS)
        records.offsets.append(self.offset)

    def batch(self, records: dict[str, Records], *, is_exact: bool = True) -> Batch:
        """The records as a batch at the next cut."""
        self.lsn += 8
        offsets = {f"shop.{table}": (self.offset,) * PARTITIONS for table in SCHEMAS}
        cut = Cut("shop", Lsn(self.lsn), 0, 0, offsets)
        return Batch(cut, records, SCHEMAS if self.lsn == 8 else {}, offsets, is_exact)


def bulk_batches(topics: Topics, rows: int) -> Iterator[Batch]:
    """Everything, in parts as the reader would hand them over."""
    customers = Records()
    for number in range(topics.customers):
        topics.customer(customers, number)
    yield topics.batch({"public.customers": customers}, is_exact=False)
    for start in range(0, rows, BULK_PART_ROWS):
        orders = Records()
        end = min(start + BULK_PART_ROWS, rows)
        for number in range(start, end):
            topics.order(orders, number, number % 100_000)
        yield topics.batch({"public.orders": orders}, is_exact=end == rows)


def measure_bulk(engine: DuckDBEngine, topics: Topics, rows: int) -> dict[str, Any]:
    """The first load: seconds, and records a second."""
    seconds = 0.0
    for batch in bulk_batches(topics, rows):
        start = time.perf_counter()
        engine.apply(batch)
        seconds += time.perf_counter() - start
    records = rows + topics.customers
    return {"seconds": round(seconds, 2), "records_per_s": round(records / seconds)}


def measure_bare(engine: DuckDBEngine) -> float:
    """Seconds of the same SELECT over the ready tables: the median of five."""
    stored = engine.views["totals"].stored
    select = whole_select(stored.definition, stored.schemas, Planning(BUILT_IN))
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        engine.store.connection.execute(select).fetchall()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure_batches(
    engine: DuckDBEngine, topics: Topics, rows: int, size: int, rounds: int
) -> dict[str, Any]:
    """Batches of `size` updates: medians of the clock and of CPU, in milliseconds."""
    clock, cpu = [], []
    for _ in range(rounds):
        orders = Records()
        for number in random.sample(range(rows), size):
            topics.order(orders, number, random.randrange(100_000))
        batch = topics.batch({"public.orders": orders})
        start, start_cpu = time.perf_counter(), time.process_time()
        engine.apply(batch)
        clock.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    median = statistics.median(clock)
    return {
        "ms": round(median * 1e3, 1),
        "cpu_ms": round(statistics.median(cpu) * 1e3, 1),
        "changes_per_s": round(size / median),
    }


def run(rows: int, rounds: int, folder: Path) -> dict[str, Any]:
    """All measurements over one state."""
    random.seed(1)
    topics = Topics(max(1, rows // 10))
    engine = DuckDBEngine.open(folder / "pipeline.duckdb")
    try:
        definition = ViewDefinition("totals", VIEW, Path("totals.sql"), 1)
        engine.declare(definition, SCHEMAS, key=None, generation=1)
        figures: dict[str, Any] = {"rows": rows, "bulk": measure_bulk(engine, topics, rows)}
        bare = measure_bare(engine)
        figures["bare_ms"] = round(bare * 1e3, 1)
        for size in BATCHES:
            found = measure_batches(engine, topics, rows, size, rounds)
            found["of_bare"] = round(found["ms"] / 1e3 / bare, 2)
            figures[f"batch_{size}"] = found
        return figures
    finally:
        engine.close()


def show(figures: dict[str, Any]) -> None:
    """Print one state's figures."""
    bulk = figures["bulk"]
    print(f"{figures['rows']:,} rows of state", flush=True)
    print(f"  bulk build         {bulk['seconds']:>8} s  {bulk['records_per_s']:>10,} records/s")
    print(f"  bare SELECT        {figures['bare_ms']:>8} ms")
    for size in BATCHES:
        found = figures[f"batch_{size}"]
        print(
            f"  {size:>6,} changes     {found['ms']:>8} ms {found['changes_per_s']:>10,} changes/s"
            f"  {found['of_bare']:.2f} of the bare SELECT",
            flush=True,
        )


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, save `results/engine.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args(arguments)
    figures = {}
    for rows in given.rows:
        with tempfile.TemporaryDirectory(prefix="rederive-bench-") as folder:
            figures[f"rows_{rows}"] = run(rows, given.rounds, Path(folder))
            show(figures[f"rows_{rows}"])
    first, last = (figures[f"rows_{rows}"] for rows in (min(given.rows), max(given.rows)))
    ratios = {
        "2000_of_100_changes": round(last["batch_2000"]["ms"] / last["batch_100"]["ms"], 2),
        "large_of_small_state": round(last["batch_100"]["ms"] / first["batch_100"]["ms"], 2),
    }
    print(ratios, flush=True)
    save("engine", {**figures, "ratios": ratios})


if __name__ == "__main__":
    main()
