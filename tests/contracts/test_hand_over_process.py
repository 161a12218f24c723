"""The process of a hand-over ends at once with whoever started it, and says why it failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdc.config import Kafka, Secret
from materializers.builds.replay import Topics
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.hybrid.groups import Place
from materializers.errors import RebuildError, ViewError
from materializers.hand_over.job import LOAD, Job, Told
from materializers.hand_over.worker_process import WorkerProcess
from tests.unit.shop import ORDERS, TOTALS, declare, order
from tests.views.feed import Feed, table_schema

NOWHERE = Topics(Kafka({"bootstrap.servers": Secret("127.0.0.1:1")}), "shop", 1000)
"""No broker is there: once the rows are loaded, the process waits for one."""
ENDS_S = 5.0


@pytest.fixture
def feed() -> Feed:
    return Feed([ORDERS, table_schema("public.marks", [("id", "integer"), ("b", "bit")], ["id"])])


@pytest.fixture
def bulk(tmp_path: Path, feed: Feed) -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
    declare(engine, feed, "totals", TOTALS)
    declare(engine, feed, "marks", "SELECT id, b FROM marks")
    order(feed, 1, 5, "2.50")
    assert not engine.apply(feed.batch()).failures
    yield engine
    engine.close()


def job(bulk: DuckDBEngine, folder: Path, view: str) -> Job:
    folder.mkdir()
    exported = bulk.export(folder, {view: 1}, lambda: None)
    return Job(Place.ROWS, folder, NOWHERE, exported.views, exported.schemas, exported, "", 1)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until_gone(pid: int) -> None:
    deadline = time.monotonic() + ENDS_S
    while is_there(pid):
        assert time.monotonic() < deadline, "the process goes on"
        threading.Event().wait(0.02)


class Stopped(Exception):
    """The pipeline ends."""


def test_it_ends_at_once_when_it_is_stopped(bulk: DuckDBEngine, tmp_path: Path) -> None:
    loaded = threading.Event()

    def check() -> None:
        if loaded.is_set():
            raise Stopped

    def told(line: Told) -> None:
        assert (line.phase, line.rows_total) == (LOAD, 1)
        loaded.set()

    with pytest.raises(Stopped):
        with WorkerProcess(job(bulk, tmp_path / "job", "totals")) as worker:
            pid = worker.pid
            worker.run(check, told)
    assert not is_there(pid)


def test_its_death_is_told(bulk: DuckDBEngine, tmp_path: Path) -> None:
    with WorkerProcess(job(bulk, tmp_path / "job", "totals")) as worker:
        with pytest.raises(RebuildError, match="died"):
            worker.run(lambda: None, lambda told: os.kill(worker.pid, signal.SIGKILL))


def test_a_view_that_it_cannot_maintain_is_told(bulk: DuckDBEngine, tmp_path: Path) -> None:
    with WorkerProcess(job(bulk, tmp_path / "job", "marks")) as worker:
        with pytest.raises(ViewError, match="column of type bit"):
            worker.run(lambda: None, lambda told: None)


PIPELINE = """
import pickle, sys
from materializers.hand_over.worker_process import WorkerProcess
with WorkerProcess(pickle.load(sys.stdin.buffer)) as worker:
    worker.run(lambda: None, lambda told: print(worker.pid, flush=True))
"""


def test_it_ends_with_a_pipeline_that_is_killed(bulk: DuckDBEngine, tmp_path: Path) -> None:
    made = job(bulk, tmp_path / "job", "totals")
    command = [sys.executable, "-c", PIPELINE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pipeline:
        assert pipeline.stdin is not None and pipeline.stdout is not None
        pipeline.stdin.write(made.pickled())
        pipeline.stdin.close()
        pid = int(pipeline.stdout.readline())
        assert is_there(pid)
        pipeline.kill()
    until_gone(pid)
