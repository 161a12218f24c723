"""A hand-over from DuckDB to the row engine, without Kafka, and upkeep in what it has made.

The three views of `small_batches.py`. DuckDB exports them and a second process loads the export,
while small batches go on in DuckDB. Seconds and peak memory of both; milliseconds of a batch on
the clock before and meanwhile; then, in the row engine, medians of CPU milliseconds of a batch, and
their ratio between the last and the first number of rows.
Run: `python -m benchmarks.hand_over [--rows N ...]`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import re
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.engine import Topics, bulk_batches
from benchmarks.machine import save
from benchmarks.small_batches import CUSTOMERS_EACH, apply, changes, declared
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.exported_files import ExportedFiles
from materializers.engines.exported import Exported
from materializers.engines.row_engine.engine import RowEngine
from materializers.engines.row_engine.load import load
from materializers.hand_over.worker import NICENESS
from materializers.sql.catalogue import BUILT_IN

ROUNDS = {1: 41, 100: 41, 2_000: 15}
PACE_S = 0.08
PEAK = "peak"
MEANWHILE = 100
"""The changes of a batch while the hand-over runs."""


def loaded(folder: Path, exported: Exported) -> None:
    """In a process of its own: the row engine's state."""
    os.nice(NICENESS)
    load(
        folder / "state.rows", exported, ExportedFiles(folder).batches, BUILT_IN, lambda rows: None
    )
    (folder / PEAK).write_text(str(_peak_mb()))


class Upkeep:
    """Small batches in DuckDB, one after the other."""

    def __init__(self, engine: DuckDBEngine, topics: Topics, rows: int) -> None:
        self._engine, self._topics, self._rows = engine, topics, rows

    def until(self, is_done: Callable[[], bool]) -> list[float]:
        """The milliseconds of each batch."""
        found = []
        while not is_done():
            batch = changes(self._topics, self._rows, MEANWHILE)
            start = time.perf_counter()
            apply(self._engine, batch)
            found.append((time.perf_counter() - start) * 1000)
            time.sleep(max(0.0, PACE_S - found[-1] / 1000))
        return found


class Export(threading.Thread):
    """The export, beside the batches."""

    def __init__(self, engine: DuckDBEngine, folder: Path) -> None:
        super().__init__()
        self._engine, self._folder = engine, folder
        self.exported: Exported | None = None
        self.seconds = 0.0

    def run(self) -> None:
        start = time.perf_counter()
        builds = {name: view.generation for name, view in self._engine.views.items()}
        self.exported = self._engine.export(self._folder, builds, lambda: None)
        self.seconds = time.perf_counter() - start


def handed_over(engine: DuckDBEngine, upkeep: Upkeep, folder: Path) -> dict[str, Any]:
    """The figures of one hand-over."""
    ends = time.monotonic() + 3.0
    before = upkeep.until(lambda: time.monotonic() > ends)
    peak = _peak_mb()
    export = Export(engine, folder)
    export.start()
    meanwhile = upkeep.until(lambda: not export.is_alive())
    assert export.exported is not None, "the export failed"
    start = time.perf_counter()
    process = multiprocessing.get_context("spawn").Process(
        target=loaded, args=(folder, export.exported)
    )
    process.start()
    loading = upkeep.until(lambda: not process.is_alive())
    process.join()
    assert process.exitcode == 0, "the load failed"
    return {
        "export_s": round(export.seconds, 2),
        "load_s": round(time.perf_counter() - start, 1),
        "load_cpu_s": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, 1),
        "peak_mb_before": peak,
        "peak_mb_after": _peak_mb(),
        "peak_mb_of_load": int((folder / PEAK).read_text()),
        "batch_ms_before": _spread(before),
        "batch_ms_while_exporting": _spread(meanwhile),
        "batch_ms_while_loading": _spread(loading),
    }


def _peak_mb() -> int:
    """The largest memory of this process so far, without its parent's."""
    (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(line) >> 10


def _spread(found: list[float]) -> dict[str, float]:
    """Median and largest; nothing where no batch came meanwhile."""
    return (
        {"median": round(statistics.median(found), 1), "most": round(max(found), 1)}
        if found
        else {}
    )


def upkept(path: Path, topics: Topics, rows: int) -> dict[str, float]:
    """The median of CPU milliseconds for each size of a batch."""
    engine, found = RowEngine.open(path), {}
    for size, rounds in ROUNDS.items():
        taken = []
        for _ in range(rounds):
            batch = changes(topics, rows, size)
            start = time.process_time()
            apply(engine, batch)
            taken.append((time.process_time() - start) * 1000)
        found[str(size)] = round(statistics.median(taken), 2)
    engine.close()
    return found


def run(rows: int, folder: Path) -> dict[str, Any]:
    """All of it for one number of rows. Called in a process of its own, for its peak memory."""
    random.seed(1)
    topics = Topics(max(rows // CUSTOMERS_EACH, 1))
    engine = DuckDBEngine.open(folder / "state.duckdb")
    declared(engine)
    for batch in bulk_batches(topics, rows):
        apply(engine, batch)
    figures = handed_over(engine, Upkeep(engine, topics, rows), folder)
    engine.close()
    figures["file_mb"] = (folder / "state.rows").stat().st_size >> 20
    return {**figures, "batch_cpu_ms": upkept(folder / "state.rows", topics, rows)}


def main() -> None:
    """Measure, print, save `results/hand_over.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    found = {}
    for rows in parser.parse_args().rows:
        with tempfile.TemporaryDirectory(prefix="rederive-bench-") as folder:
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
                found[str(rows)] = process.submit(run, rows, Path(folder)).result()
        print(f"{rows:,}", found[str(rows)], flush=True)
    measured = [each["batch_cpu_ms"] for each in found.values()]
    first, last = measured[0], measured[-1]
    ratios = {size: round(last[size] / first[size], 2) for size in first}
    print("ratios", ratios, "(aim: 1.3)")
    save("hand_over", {**found, "ratios": ratios})


if __name__ == "__main__":
    main()
