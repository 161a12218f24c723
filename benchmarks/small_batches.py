"""Small batches: the engine on DuckDB and the row engine's state, on the same batches in turn.

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
from pathlib import Path

from benchmarks.engine import SCHEMAS, Topics, bulk_batches
from benchmarks.machine import save
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.rows.state import State
from materializers.intake.batch import Batch, Records
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view
from materializers.sql.types.captured import captured_type
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


def duckdb_engine(path: Path) -> DuckDBEngine:
    """With the views declared."""
    engine = DuckDBEngine.open(path)
    for name, sql in VIEWS.items():
        engine.declare(_definition(name, sql), SCHEMAS, key=None, generation=1)
    return engine


def row_state(path: Path) -> State:
    """The same views."""
    state = State.open(path)
    plans = {n: plan_view(_definition(n, s), SCHEMAS, None, BUILT_IN) for n, s in VIEWS.items()}
    for table, schema in SCHEMAS.items():
        needed = frozenset().union(*(plan.needs.get(table, ()) for plan in plans.values()))
        stored = [(c.name, captured_type(c)) for c in schema.columns if c.name in needed]
        state.add_table(table, stored, schema.key)
    for name, plan in plans.items():
        state.add_view(name, plan.root, plan.schema.key)
    return state


def _definition(name: str, sql: str) -> ViewDefinition:
    return ViewDefinition(name, sql, Path("benchmark.sql"), 1)


def apply_rows(state: State, batch: Batch) -> None:
    """A batch, as the row state takes it; what sinks have of it goes with the next."""
    pairs = {table: (r.keys, r.values) for table, r in batch.records.items() if len(r)}
    state.apply(batch.cut.version, batch.cut.to_json(), pairs)
    for view in VIEWS:
        state.trim(view, batch.cut.version)


def apply_duckdb(engine: DuckDBEngine, batch: Batch) -> None:
    """The same by the engine on DuckDB."""
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
    engine, state = duckdb_engine(folder / "state.duckdb"), row_state(folder / "state.rows")
    bulk = {"duckdb": 0.0, "rows": 0.0}
    for batch in bulk_batches(topics, rows):
        bulk["duckdb"] += _seconds(lambda: apply_duckdb(engine, batch))  # noqa: B023
        bulk["rows"] += _seconds(lambda: apply_rows(state, batch))  # noqa: B023
    yield {"changes": rows, "duckdb_s": bulk["duckdb"], "rows_s": bulk["rows"]}
    for size in SIZES:
        taken: dict[str, list[float]] = {"duckdb": [], "rows": []}
        for _ in range(ROUNDS[size]):
            batch = changes(topics, rows, size)
            taken["duckdb"].append(_seconds(lambda: apply_duckdb(engine, batch)))  # noqa: B023
            taken["rows"].append(_seconds(lambda: apply_rows(state, batch)))  # noqa: B023
        found = {name: statistics.median(each) * 1000 for name, each in taken.items()}
        yield {
            "changes": size,
            "duckdb_cpu_ms": round(found["duckdb"], 2),
            "rows_cpu_ms": round(found["rows"], 2),
            "ratio": round(found["duckdb"] / found["rows"], 1),
        }
    engine.close()
    state.close()


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
