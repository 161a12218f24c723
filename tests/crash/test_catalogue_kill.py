"""Definitions, partitions, enum labels and publication change at random while rows change and
capture and materialize are killed. Every read of a sink shows a state that the source had, never an
earlier one than before, and in the end every view is its query's result. The topics at each cut
have such a state too."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import psycopg
import pytest

from cdc.config import Kafka, Secret
from tests.crash.bank import Processes
from tests.crash.looks import one_row
from tests.crash.restless import (
    CHANGES,
    SETUP,
    UNSEEN,
    VIEWS,
    Looks,
    Restless,
    columns_of,
    digest_of,
    faults_of,
    sinks_digest,
)
from tests.crash.topic_states import digests_at_cuts
from tests.leftovers import Background

SEED = 20261126
SECONDS = 20.0
END_S = 60.0

PROJECT = """
[source.{prefix}]
type = "postgresql"
dsn = "{dsn}"
tables = ["public.items", "public.sales", "public.long"]
ddl = "{ddl}"
heartbeat_interval_s = 0.5
[kafka]
"bootstrap.servers" = "{kafka}"
[kafka.topics]
partitions = 2
[sink.analytics]
type = "postgresql"
dsn = "{dsn}"
"""
COMMANDS = ("capture", "materialize")


def write_project(folder: Path, prefix: str, dsn: str, kafka: str, ddl: str) -> None:
    (folder / "views").mkdir(parents=True)
    text = PROJECT.format(prefix=prefix, dsn=dsn, kafka=kafka, ddl=ddl)
    (folder / "rederive.toml").write_text(text)
    for views in VIEWS.values():
        for view, query in views.items():
            (folder / "views" / f"{view}.sql").write_text(
                f"CREATE MATERIALIZED VIEW {view} AS {query};\n"
                f"CREATE SINK {view}_sink FROM {view}"
                f" WITH (connection = 'analytics', schema = 'shown', table = '{view}');\n"
            )


def unlike(connection: psycopg.Connection) -> list[str]:
    """The views whose sink does not show the query's result."""
    found = []
    for table, views in VIEWS.items():
        for view, query in views.items():
            try:
                here = connection.execute(sinks_digest(table, view).encode()).fetchone()
            except psycopg.errors.UndefinedTable:
                here = None
            if here != connection.execute(digest_of(query).encode()).fetchone():
                found.append(view)
    return found


def wait_until_alike(connection: psycopg.Connection, processes: Processes, told: str) -> None:
    deadline = time.monotonic() + END_S
    while wrong := unlike(connection):
        for command, process in processes.running.items():
            assert process.poll() is None, f"{told} {command}: {processes.tail(command)}"
        logs = "\n".join(map(processes.tail, COMMANDS))
        assert time.monotonic() < deadline, f"{told}: {wrong}\n{logs}"
        time.sleep(0.1)


def check_topics(
    bootstrap: str, source: str, history: Mapping[str, Sequence[str]], told: str
) -> None:
    """Assert that a reader of the topics may stop at any cut."""
    kafka = Kafka({"bootstrap.servers": Secret(bootstrap)})
    for table, views in VIEWS.items():
        view = next(iter(views))
        found = list(digests_at_cuts(kafka, source, table, columns_of(table, view)))
        assert len(found) > 10, told
        faults = faults_of([digest for _, digest in found], history[view])
        assert not faults, f"{told}: the topic of {table} itself: {faults}"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("ddl", ["events", "poll"])
def test_no_look_shows_what_never_was(
    tmp_path: Path,
    topic_prefix: str,
    postgres_dsn: str,
    kafka_bootstrap: str,
    ddl: str,
    pytestconfig: pytest.Config,
) -> None:
    minutes = pytestconfig.getoption("--catalogue-minutes")
    seed = int(time.time()) if minutes else SEED
    told = f"ddl {ddl}, seed {seed}"
    rng = random.Random(seed)
    processes = Processes(tmp_path / "project")
    write_project(processes.project, topic_prefix, postgres_dsn, kafka_bootstrap, ddl)
    changes = {t: (*CHANGES[t], *(UNSEEN.get(t, ()) if ddl == "poll" else ())) for t in VIEWS}
    writers = [
        Restless(postgres_dsn, table, f"rederive_{topic_prefix}", changes[table],
                 random.Random(rng.random()))
        for table in VIEWS
    ]  # fmt: skip
    threads = [Background(writer.run) for writer in writers]
    looks = {
        view: Looks(partial(one_row, postgres_dsn, sinks_digest(table, view)))
        for table, views in VIEWS.items() for view in views
    }  # fmt: skip
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(SETUP.encode())
        for writer in writers:
            writer.note(connection)
        try:
            for command in COMMANDS:
                processes.start(command)
            wait_until_alike(connection, processes, told)
            for thread in (*threads, *looks.values()):
                thread.start()
            end = time.monotonic() + (60 * minutes or SECONDS)
            while time.monotonic() < end:
                time.sleep(rng.choice((1.0, 15.0)) * rng.random())
                command = rng.choice(COMMANDS)
                processes.kill(command)
                processes.start(command)
            for thread in threads:
                thread.end()
            wait_until_alike(connection, processes, told)
            assert processes.stop() == dict.fromkeys(COMMANDS, 0), told
        finally:
            for thread in threads:
                thread.end()
        assert all(writer.steps > 50 for writer in writers), told
        history: dict[str, list[str]] = {view: [] for view in looks}
        for view, digest in connection.execute("SELECT view, digest FROM told.history ORDER BY id"):
            history[view].append(digest)
    if ddl == "events":
        check_topics(kafka_bootstrap, topic_prefix, history, told)
    seen = {view: look.finish() for view, look in looks.items()}
    assert all(len(each) > 1 for each in seen.values()), told
    faults = {view: faults_of(seen[view], history[view]) for view in seen}
    if ddl == "events":
        assert not any(faults.values()), f"{told}: {faults}"
