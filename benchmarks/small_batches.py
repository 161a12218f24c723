"""Small batches: the engine on DuckDB and the row engine, on the same batches in turn.

Three views (a projection, a join, a join with a group-by) over orders and customers. A batch
changes so many orders; both parse it, move tables, operators, the views' rows and outboxes, and
commit. Medians of CPU milliseconds, and their ratio.
Run: `python -m benchmarks.small_batches [--rows N]`.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.engine import SCHEMAS, Topics, bulk_batches
from benchmarks.machine import save
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import Engine
from materializers.engines.row_engine.engine import RowEngine
from materializers.intake.batch import Batch, Records
from materializers.view import ViewDefinition

VIEWS = {
    "plain": "SELECT id, customer_id, amount FROM orders",
    "joined": "SELECT o.id, o.amount, c.region FROM orders o JOIN customers c"
    " ON c.id = o.customer_id",
    "regions": "SELECT c.region, count(*) AS orders, sum(o.amount) AS total,"
    " avg(o.amount) AS mean FROM orders o JOIN customers c ON c.id = o.customer_id"
    " GROUP BY c.region",
}
SIZES = (1, 100, 2_000, 20_000)
ROUNDS = {1: 25, 100: 25, 2_000: 9, 20_000: 3}
CUSTOMERS_EACH = 20


def declared(engine: Engine) -> Engine:
    """The engine, with the views declared."""
    for name, sql in VIEWS.items():
        definition = ViewDefinition(name, sql, Path("benchmark.sql"), 1)
        engine.declare(definition, SCHEMAS, key=None, generation=1)
    return engine


def apply(engine: Engine, batch: Batch) -> None:
    """A batch; what sinks have of it goes with the next."""
    failures = engine.apply(batch).failures
    assert not failures, failures
    for view in VIEWS:
        engine.trim(view, batch.cut.version)


def changes(topics: Topics, rows: int, size: int) -> Batch:
    """Updates of random orders."""
    orders = Records()
    for number in random.sample(range(rows), min(size, rows)):
        topics.order(orders, number, random.randrange(100_000))
    return topics.batch({"public.orders": orders})


def _seconds(action: Callable[[], None]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def measure(rows: int, folder: Path) -> Iterator[dict[str, float]]:
    """A line for each size of a batch."""
    topics = Topics(max(rows // CUSTOMERS_EACH, 1))
    engines: dict[str, Engine] = {
        "duckdb": declared(DuckDBEngine.open(folder / "state.duckdb")),
        "rows": declared(RowEngine.open(folder / "state.rows")),
    }
    bulk = dict.fromkeys(engines, 0.0)
    for batch in bulk_batches(topics, rows):
        for name, engine in engines.items():
            bulk[name] += _seconds(partial(apply, engine, batch))
    yield {"changes": rows, **{f"{name}_s": taken for name, taken in bulk.items()}}
    for size in SIZES:
        taken: dict[str, list[float]] = {name: [] for name in engines}
        for _ in range(ROUNDS[size]):
            batch = changes(topics, rows, size)
            for name, engine in engines.items():
                taken[name].append(_seconds(partial(apply, engine, batch)))
        found = {name: statistics.median(each) * 1000 for name, each in taken.items()}
        yield {
            "changes": size,
            "duckdb_cpu_ms": round(found["duckdb"], 2),
            "rows_cpu_ms": round(found["rows"], 2),
            "ratio": round(found["duckdb"] / found["rows"], 1),
        }
    for engine in engines.values():
        engine.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for line in measure(rows, Path(folder)):
            print(line)
            lines.append(line)
    save("small_batches", {"rows": rows, "lines": lines})


if __name__ == "__main__":
    main()
