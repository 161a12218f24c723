"""The source is restored from a backup under a running pipeline: the views have their former rows
until every table is refilled, then the database's, and never a mixture."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.capture.own_server import OwnServer
from tests.crash.bank import Processes, Watcher
from tests.crash.looks import one_row

ROWS = 20_000
PROJECT = """
[source.{name}]
dsn = "{source}"
tables = ["public.items"]
on_lost = "refill"
transaction_rows_max = 500
heartbeat_interval_s = 0.5
[kafka]
"bootstrap.servers" = "{kafka}"
[kafka.topics]
partitions = 2
[sink.analytics]
type = "postgresql"
dsn = "{sink}"
"""
VIEW = """
CREATE MATERIALIZED VIEW sums AS SELECT id / 10000 AS part, sum(n) AS total, count(*) AS rows
FROM items GROUP BY id / 10000;
CREATE MATERIALIZED VIEW copied AS SELECT id, n FROM items;
CREATE SINK copied_table FROM copied WITH (connection = 'analytics', table = 'copied');
CREATE SINK sums_table FROM sums WITH (connection = 'analytics', table = 'sums', key = 'part');
"""
SHOWN = "SELECT count(*), min(n), max(n), (SELECT sum(rows)::int FROM sums) FROM copied"
TIMEOUT_S = 90


@pytest.fixture
def source(tmp_path: Path) -> Iterator[OwnServer]:
    own = OwnServer(tmp_path / "own")
    yield own
    own.stop()


def until(processes: Processes, is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not is_there():
        for command, process in processes.running.items():
            assert process.poll() is None, processes.tail(command)
        assert time.monotonic() < deadline, [processes.tail(name) for name in processes.running]
        time.sleep(0.1)


def shown(dsn: str) -> object:
    with one_row(dsn, SHOWN) as look:
        return look()


def execute(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.timeout(300)
def test_views_stay_until_the_refill_is_whole(
    source: OwnServer, postgres_dsn: str, kafka_bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    (project / "views").mkdir(parents=True)
    (project / "views" / "views.sql").write_text(VIEW)
    (project / "rederive.toml").write_text(PROJECT.format(
        name=topic_prefix, source=source.dsn, kafka=kafka_bootstrap, sink=postgres_dsn,
    ))  # fmt: skip
    execute(
        source.dsn,
        "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)",
        f"INSERT INTO items SELECT i, 0 FROM generate_series(1, {ROWS}) i",
    )
    source.back_up()
    execute(source.dsn, "UPDATE items SET n = 7", f"INSERT INTO items VALUES ({ROWS + 1}, 7)")
    processes = Processes(project)
    for command in ("capture", "materialize"):
        processes.start(command)
    until(processes, lambda: shown(postgres_dsn) == (ROWS + 1, 7, 7, ROWS + 1))
    watcher = Watcher(partial(one_row, postgres_dsn, SHOWN))
    watcher.start()
    source.restore()
    until(processes, lambda: shown(postgres_dsn) == (ROWS, 0, 0, ROWS))
    execute(source.dsn, "UPDATE items SET n = 1")
    wait = [sys.executable, "-m", "rederive", "--project", str(project), "wait"]
    waited = subprocess.run(
        [*wait, "--view", "copied", "--timeout", "60"], capture_output=True, text=True
    )
    assert waited.returncode == 0, waited.stderr
    until(processes, lambda: shown(postgres_dsn) == (ROWS, 1, 1, ROWS))
    seen = watcher.finish()
    assert processes.stop() == {"capture": 0, "materialize": 0}
    whole = {(ROWS + 1, 7, 7), (ROWS, 0, 0), (ROWS, 1, 1)}
    assert [look for look in seen if isinstance(look, tuple) and look[:3] not in whole] == []
    for command in ("capture", "materialize"):
        assert "Traceback" not in (project / f"{command}.log").read_text()
