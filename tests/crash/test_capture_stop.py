"""`rederive capture` as a process: killed in the middle of one large transaction, and stopped while
a server hangs."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.capture.own_server import OwnServer
from tests.capture.running import RunningCapture
from tests.crash.bank import Processes
from tests.crash.captured import PROJECT, wait_for_complete_cut

ROWS = 500_000
KILLS = 2
SEED = 20261126
STOP_S = 5.0


@pytest.fixture
def processes(capture: RunningCapture, tmp_path: Path) -> Processes:
    """The project of that capture; nothing runs yet."""
    write_project(tmp_path, capture.source.name, str(capture.source.dsn), capture.kafka.address)
    return Processes(tmp_path)


def write_project(folder: Path, name: str, dsn: str, bootstrap: str) -> None:
    text = PROJECT.format(name=name, dsn=dsn, bootstrap=bootstrap)
    (folder / "rederive.toml").write_text(text)


def last_run(processes: Processes) -> str:
    """The log of the newest capture, after its first line."""
    return processes.tail("capture").rpartition("capture begins: ")[2].partition("\n")[2]


def copy_in(capture: RunningCapture, rows: int) -> None:
    """One COPY: its rows share the positions of a few records of the log."""
    with capture.database.cursor().copy("COPY items FROM STDIN") as copy:
        for i in range(rows):
            copy.write_row((i, i % 97))


@pytest.mark.timeout(240)
def test_killed_within_one_copy(capture: RunningCapture, processes: Processes) -> None:
    rng = random.Random(SEED)
    capture.execute("CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)")
    processes.start("capture")
    wait_for_complete_cut(capture, processes)
    copy_in(capture, ROWS)
    for kill in range(KILLS):
        time.sleep(rng.uniform(0.2, 1.0))
        processes.kill("capture")
        assert not capture.records("items"), "it was not killed in the middle"
        processes.start("capture")
        until_it_follows(processes, times=kill + 2)
    target = capture.one("SELECT pg_current_wal_insert_lsn() - '0/0'")
    wait_for_complete_cut(capture, processes, beyond=int(target))
    assert processes.stop() == {"capture": 0}, processes.tail("capture")
    created = [r.key["id"] for r in capture.records("items")]
    assert len(created) == len(set(created)) == ROWS, f"seed {SEED}"
    assert "Traceback" not in processes.tail("capture")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_killed_in_the_snapshot_leaves_no_slot_behind_a_stop(
    capture: RunningCapture, processes: Processes, number: signal.Signals
) -> None:
    capture.execute(
        "CREATE TABLE items (id int PRIMARY KEY, note text)",
        "INSERT INTO items SELECT i, repeat('x', 300) FROM generate_series(1, 500000) i",
    )
    slots = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{}'"
    is_there = slots.format(capture.source.slot_name)
    processes.start("capture")
    until(lambda: bool(capture.one(is_there)), processes)
    processes.kill("capture")
    assert capture.one(is_there) == 1
    processes.start("capture")
    until(lambda: "snapshot, rows" in last_run(processes), processes)
    code, seconds = stopped(processes, number)
    assert (code, capture.one(is_there)) == (0, 0) and seconds < STOP_S, processes.tail("capture")
    assert "Traceback" not in processes.tail("capture")


@pytest.mark.timeout(240)
def test_stop_and_wait_while_kafka_is_away(postgres_dsn: str, tmp_path: Path) -> None:
    broker = OwnServer(tmp_path / "broker", "kafka")
    with psycopg.connect(postgres_dsn, autocommit=True) as database:
        database.execute("CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)")
    write_project(tmp_path, "away", postgres_dsn, broker.bootstrap)
    processes = Processes(tmp_path)
    try:
        processes.start("capture")
        until(lambda: "follows" in processes.tail("capture"), processes)
        os.kill(broker.pid, signal.SIGSTOP)
        with psycopg.connect(postgres_dsn, autocommit=True) as database:
            database.execute("INSERT INTO items SELECT i, 0 FROM generate_series(1, 1000) i")
        time.sleep(0.5)
        code, seconds = stopped(processes, signal.SIGTERM)
        assert code == 0 and seconds < STOP_S, processes.tail("capture")
        os.kill(broker.pid, signal.SIGCONT)
        broker.kill()
        processes.start("capture")
        until(lambda: processes.tail("capture").count("It is tried again") == 1, processes)
        code, seconds = stopped(processes, signal.SIGINT)
        assert code == 0 and seconds < STOP_S, processes.tail("capture")
        assert "Traceback" not in processes.tail("capture")
    finally:
        broker.stop()


def until(is_there: Callable[[], bool], processes: Processes) -> None:
    deadline = time.monotonic() + 60
    while not is_there():
        for command, process in processes.running.items():
            assert process.poll() is None, processes.tail(command)
        assert time.monotonic() < deadline, [processes.tail(name) for name in processes.running]
        time.sleep(0.02)


def until_it_follows(processes: Processes, times: int) -> None:
    until(lambda: processes.tail("capture").count("follows") >= times, processes)


def stopped(processes: Processes, number: signal.Signals) -> tuple[int, float]:
    """Send the signal; the exit code, and how long it took."""
    process = processes.running.pop("capture")
    began = time.monotonic()
    process.send_signal(number)
    return process.wait(60), time.monotonic() - began
