"""Capture and a pipeline in threads of a program's own process: `import rederive`."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

import rederive
from cdc.contract.cut import Cut
from materializers.project.project import load_project
from materializers.sinks.registry import open_sink
from materializers.view import ViewColumn, ViewSchema
from tests.commands import rederive as command
from tests.e2e.small import Small, write_small

ROOT = Path(__file__).parents[2]
SINKLESS = """
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS rows, sum(n) AS n FROM items;
CREATE MATERIALIZED VIEW shares AS SELECT id, 100 / n AS share FROM items;
"""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TIMEOUT_S = 120.0


@pytest.fixture
def small(tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str) -> Small:
    """A project with a table of 50 rows; nothing runs."""
    made = write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)
    (made.folder / "views" / "total.sql").write_text(SINKLESS)
    made.execute(
        "create table items (id int primary key, n int not null)",
        "insert into items select i, i from generate_series(1, 50) i",
    )
    return made


def copy_of(folder: Path, place: Path, words: str, others: str) -> Path:
    """A copy of the project with replacements in its file."""
    copy = place / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".rederive"))
    toml = (copy / "rederive.toml").read_text()
    assert words in toml
    (copy / "rederive.toml").write_text(toml.replace(words, others))
    return copy


LOG_END = "select pg_current_wal_insert_lsn()::text"


def moves(dsn: str, is_over: threading.Event) -> list[rederive.Lsn]:
    """Count row 50 up and row 49 down, so that every commit has the same total. Returns the log's
    end before the first commit and after each: commit k lies between the ends k - 1 and k."""
    with psycopg.connect(dsn, autocommit=True) as connection:

        def log_end() -> rederive.Lsn:
            return rederive.Lsn.parse(str(connection.execute(LOG_END).fetchall()[0][0]))

        ends = [log_end()]
        while not is_over.is_set():
            with connection.transaction():
                connection.execute("update items set n = n + 1 where id = 50")
                connection.execute("update items set n = n - 1 where id = 49")
            ends.append(log_end())
        return ends


def looks(
    pipeline: rederive.RunningPipeline, count: int
) -> Iterator[tuple[Cut, int, Decimal, int | None]]:
    """Cut, rows, total and number of visible commits, by one view and by another in turns."""
    for number in range(count):
        if number % 2:
            with pipeline.rows("total") as rows:
                (row,) = rows
            yield rows.cut, row["rows"], row["n"], None
        else:
            with pipeline.rows("shown") as rows:
                found = {row["id"]: row["n"] for row in rows}
            yield rows.cut, len(found), Decimal(sum(found.values())), found[50] - 50


def test_rows_are_those_of_one_cut(small: Small) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    project, is_over = rederive.open_project(small.folder), threading.Event()
    with rederive.capture(project) as capture, rederive.pipeline(project) as pipeline:
        assert pipeline.wait("total", timeout_s=TIMEOUT_S) > rederive.Lsn(0)
        with ThreadPoolExecutor() as pool:
            moving = pool.submit(moves, small.dsn, is_over)
            try:
                seen = list(looks(pipeline, 40))
            finally:
                is_over.set()
            ends = moving.result()
        assert {(rows, total) for _, rows, total, _ in seen} == {(50, Decimal(1275))}
        versions = [cut.version for cut, *_ in seen]
        assert versions == sorted(versions) and len(set(versions)) > 3
        for cut, *_, commits in seen:
            if commits is not None:
                behind = ends[commits - 1] if commits else 0
                ahead = ends[commits + 1] if commits + 1 < len(ends) else cut.lsn
                assert behind < cut.lsn <= ahead, (commits, cut)

        small.execute("update items set n = 1000000 where id = 1")
        position = pipeline.wait("shown", timeout_s=TIMEOUT_S)
        assert small.execute("select n from shown where id = 1") == [(1_000_000,)]
        rows = pipeline.rows("shown")
        assert rows.cut.lsn >= position and rows.columns == ("id", "n") and rows.key == ("id",)
        table = rows.to_arrow()
        assert (table.num_rows, sorted(table.column("n").to_pylist())[-1]) == (50, 1_000_000)
        with pytest.raises(rederive.StateError, match="read before"):
            list(rows)
        assert capture.status()["phase"] == "stream"
        assert rederive.status_of(project).level is rederive.Level.WELL

        refused = command(small.folder, "materialize")
        assert refused.returncode == 1 and "works on" in refused.stderr
        assert command(small.folder, "wait", "--view", "shown").returncode == 0

        small.execute("update items set n = 0 where id = 2")
        pipeline.wait("shown", timeout_s=TIMEOUT_S)
        for ask in (lambda: pipeline.rows("shares"), lambda: pipeline.wait("shares")):
            with pytest.raises(rederive.ViewError, match="division by zero"):
                ask()
        with pytest.raises(rederive.ViewError, match="no view nothing"):
            pipeline.rows("nothing")
        small.execute("delete from items")
        pipeline.wait("shown", timeout_s=TIMEOUT_S)
        empty = pipeline.rows("shown").to_arrow()
        assert (empty.num_rows, empty.column_names) == (0, ["id", "n"])
    assert [signal.getsignal(number) for number in SIGNALS] == before
    assert not capture.is_running and not pipeline.is_running
    with pytest.raises(rederive.RederiveError, match="not at work"):
        pipeline.rows("shown")
    with pytest.raises(rederive.RederiveError, match="started before"):
        pipeline.start()


def test_two_projects_in_one_process(small: Small, tmp_path: Path, topic_prefix: str) -> None:
    other = copy_of(small.folder, tmp_path, topic_prefix, f"{topic_prefix}_b")
    (other / "views" / "shown.sql").unlink()

    with ExitStack() as stack, ThreadPoolExecutor() as pool:

        def served(folder: Path) -> rederive.RunningPipeline:
            stack.enter_context(rederive.capture(folder))
            return stack.enter_context(rederive.pipeline(folder))

        # Neither is started by the main thread
        first, second = pool.map(served, (small.folder, other))
        already = r"materialize` \(process .* works on .*already"
        with pytest.raises(rederive.StateError, match=already):
            rederive.pipeline(small.folder).start()
        for pipeline in (first, second):
            pipeline.wait("total", timeout_s=TIMEOUT_S)
        first.stop()
        small.execute("insert into items values (51, 9)")
        second.wait("total", timeout_s=TIMEOUT_S)
        assert [row["rows"] for row in second.rows("total")] == [51]


def test_what_ends_a_thread_is_raised(small: Small, tmp_path: Path, topic_prefix: str) -> None:
    folder = small.folder
    with pytest.raises(rederive.ConfigError):
        rederive.capture(folder / "views")
    with pytest.raises(ZeroDivisionError) as own, rederive.capture(folder) as first:
        with pytest.raises(rederive.RederiveError, match=r"Fix: stop (that|the other) capture"):
            rederive.capture(folder).start()
        slot = f'\nslot = "rival_{topic_prefix}"\n[kafka]'
        rival = copy_of(folder, tmp_path, "\n[kafka]", slot)
        second = rederive.capture(rival, take_over=True, resnapshot=True).start()
        while first.is_running:
            time.sleep(0.01)
        asks: list[Callable[[], object]] = [first.check, first.status, first.stop]
        for ask in asks:
            with pytest.raises(rederive.FencedError) as ended:
                ask()
        _ = 1 / 0
    assert own.value.__notes__ == [f"capture had ended: {ended.value}"]
    (folder / "views" / "odd.sql").write_text("CREATE MATERIALIZED VIEW v AS SELECT x FROM items;")
    with pytest.raises(rederive.ViewError, match="x"):
        rederive.pipeline(folder).start()
    second.stop()


PROGRAM = """
import sys, threading, rederive
capture, pipeline = rederive.capture(sys.argv[1]), rederive.pipeline(sys.argv[1])
if sys.argv[2] == "with":
    with capture, pipeline:
        pipeline.wait("shown", timeout_s=120)
        print("ready", flush=True)
        threading.Event().wait()
capture.start()
pipeline.start().wait("shown", timeout_s=120)
print("ready", flush=True)
"""


@pytest.mark.parametrize("how", ["with", "without"])
def test_the_programs_end_is_a_clean_stop(small: Small, how: str) -> None:
    """Ctrl-C in its main thread, and an end without `stop`."""
    arguments = [sys.executable, "-c", PROGRAM, str(small.folder), how]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None and program.stderr is not None
        try:
            assert program.stdout.readline() == b"ready\n", program.stderr.read().decode()
            if how == "with":
                program.send_signal(signal.SIGINT)
            said = program.communicate(timeout=TIMEOUT_S)[1].decode()
        finally:
            program.kill()
    code, last = (-signal.SIGINT, "KeyboardInterrupt") if how == "with" else (0, "")
    assert (program.returncode, (said.strip().splitlines() or [""])[-1]) == (code, last), said
    project = load_project(small.folder)
    (definition,) = project.sinks_of("shown")
    schema = ViewSchema("shown", (ViewColumn("id", "bigint"),), ("id",))
    sink = open_sink(definition, project.sinks[definition.connection], schema)
    with closing(sink):
        owner = sink.owner()
    assert owner is not None and owner.has_ended


def test_servers_that_are_away_are_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dsn, kafka = "postgresql://127.0.0.1:1/x?connect_timeout=2", "127.0.0.1:1"
    folder = write_small(tmp_path / "small", "nowhere", dsn, kafka).folder
    with rederive.capture(folder) as capture, rederive.pipeline(folder) as pipeline:
        assert capture.is_running and pipeline.is_running
        assert "Cannot connect to source nowhere" in capture.status()["trouble"]
        with pytest.raises(rederive.StateError, match=r"not open yet: .*Kafka"):
            pipeline.rows("shown", timeout_s=0.1)
        with pytest.raises(rederive.NotVisible, match=r"not open yet: .*Kafka"):
            pipeline.wait("shown", timeout_s=0.1)
    said = [record for record in caplog.records if record.name == "rederive.kafka"]
    assert len({record.getMessage() for record in said}) == len(said) < 10
    with pytest.raises(rederive.SourceError, match="Cannot connect to source nowhere"):
        rederive.capture(folder, wait=False).start()
