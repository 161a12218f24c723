"""State several times larger than memory: a join and a group-by under a small memory limit.

Notes that do not compress make the input table, the groups and the view's rows large. `bulk`: the
first build; `batches`: updates of random orders. The view's rows are compared with the same SELECT
over the input tables at the end. Run: `python -m benchmarks.spill [--rows N] [--limit 200MB]`.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.engine import SCHEMAS, Topics
from benchmarks.machine import save
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.outbox import view_table
from materializers.engines.duckdb.plan import Planning, whole_select
from materializers.intake.batch import Batch, Records
from materializers.sql.catalogue import BUILT_IN
from materializers.view import ViewDefinition

NOTE_BYTES = 250
PART_ROWS = 50_000
BATCH_ROWS = 2_000
BATCHES = 5
VIEW = """
SELECT c.id, c.region, o.note, count(*) AS orders, sum(o.amount) AS total, max(o.id) AS newest
FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY c.id, o.note
"""


def order(topics: Topics, records: Records, number: int) -> None:
    """An order with a note that takes its full length in the state."""
    note, cents = os.urandom(NOTE_BYTES).hex(), random.randrange(100_000)
    topics.add(
        records,
        "orders",
        number,
        f'{{"id":{number},"customer_id":{number % topics.customers},'
        f'"amount":"{cents // 100}.{cents % 100:02d}","note":"{note}"}}',
    )


def bulk_batches(topics: Topics, rows: int) -> Iterator[Batch]:
    """Everything, in parts as the reader would hand them over."""
    customers = Records()
    for number in range(topics.customers):
        topics.customer(customers, number)
    yield topics.batch({"public.customers": customers}, is_exact=False)
    for start in range(0, rows, PART_ROWS):
        orders, end = Records(), min(start + PART_ROWS, rows)
        for number in range(start, end):
            order(topics, orders, number)
        yield topics.batch({"public.orders": orders}, is_exact=end == rows)


def updates(topics: Topics, rows: int) -> Iterator[Batch]:
    """Batches of random orders, each with another note: groups go and come."""
    for _ in range(BATCHES):
        orders = Records()
        for number in random.sample(range(rows), BATCH_ROWS):
            order(topics, orders, number)
        yield topics.batch({"public.orders": orders})


def apply_all(engine: DuckDBEngine, batches: Iterator[Batch]) -> float:
    """Seconds that the batches take; raises RuntimeError where the view stops."""
    seconds = 0.0
    for batch in batches:
        start = time.perf_counter()
        failures = engine.apply(batch).failures
        seconds += time.perf_counter() - start
        if failures:
            raise RuntimeError(str(failures))
    return seconds


def differences(engine: DuckDBEngine) -> int:
    """Rows of the view that the SELECT does not have, or the other way round, by a checksum."""
    stored = engine.views["notes"].stored
    checksum = "SELECT count(*), bit_xor(hash(id, region, note, orders, total, newest))"
    kept = engine.store.connection.execute(f"{checksum} FROM {view_table('notes')}").fetchone()
    whole = whole_select(stored.definition, stored.schemas, Planning(BUILT_IN))
    again = engine.store.connection.execute(f"{checksum} FROM ({whole})").fetchone()
    return int(kept != again)


def run(rows: int, limit: str, folder: Path) -> dict[str, Any]:
    """All measurements over one state."""
    random.seed(1)
    topics = Topics(max(1, rows // 10))
    engine = DuckDBEngine.open(folder / "pipeline.duckdb", memory_limit=limit)
    try:
        definition = ViewDefinition("notes", VIEW, Path("notes.sql"), 1)
        engine.declare(definition, SCHEMAS, key=None, generation=1)
        bulk = apply_all(engine, bulk_batches(topics, rows))
        batches = apply_all(engine, updates(topics, rows))
        return {
            "rows": rows,
            "memory_limit": limit,
            "state_mb": round(engine.path.stat().st_size / 1e6),
            "bulk_s": round(bulk, 1),
            "batch_ms": round(batches / BATCHES * 1e3, 1),
            "process_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "differences": differences(engine),
        }
    finally:
        engine.close()


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, save `results/spill.json`; exit status 1 where the answer is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=600_000)
    parser.add_argument("--limit", default="200MB")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="rederive-spill-") as folder:
        figures = run(given.rows, given.limit, Path(folder))
    print(figures, flush=True)
    save("spill", figures)
    if figures["differences"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
