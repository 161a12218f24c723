"""`rederive capture add`, `remove`, `refresh` and `status` as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.crash.bank import Processes

TIMEOUT_S = 60.0
PROJECT = """
[source.{name}]
type = "postgresql"
dsn = "{postgres}"
tables = ["public.one"]
heartbeat_interval_s = 1.0

[kafka]
"bootstrap.servers" = "{kafka}"
"""


@dataclass
class Project:
    """A project whose capture runs."""

    folder: Path
    dsn: str
    processes: Processes

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rederive", "--project", str(self.folder), "capture"]
        return subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S
        )

    def status(self) -> dict[str, Any]:
        ended = self.run("status", "--json")
        answer: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {}
        return answer

    def wait_until_following(self) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while self.status().get("phase") != "stream":
            assert time.monotonic() < deadline, self.processes.tail("capture")


@pytest.fixture
def project(
    tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str
) -> Iterator[Project]:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE one (id int PRIMARY KEY, n int)")
        connection.execute("CREATE TABLE two (id int PRIMARY KEY, n int)")
        connection.execute("CREATE TABLE keyless (n int)")
        connection.execute("INSERT INTO one SELECT i, i FROM generate_series(1, 500) i")
        connection.execute("INSERT INTO two SELECT i, i FROM generate_series(1, 1500) i")
    text = PROJECT.format(name=topic_prefix, postgres=postgres_dsn, kafka=kafka_bootstrap)
    (tmp_path / "rederive.toml").write_text(text)
    made = Project(tmp_path, postgres_dsn, Processes(tmp_path))
    made.processes.start("capture")
    try:
        made.wait_until_following()
        yield made
    finally:
        codes = made.processes.stop()
    assert set(codes.values()) == {0}, made.processes.tail("capture")


def test_orders_to_the_running_capture(project: Project) -> None:
    added = project.run("add", "public.two")
    assert added.returncode == 0, added.stderr
    assert "public.two: 1,500 rows are published." in added.stderr
    assert "A restart forgets public.two: add it to tables under [source." in added.stderr
    assert "captured already" in project.run("add", "public.two").stderr

    refused = project.run("add", "public.keyless")
    assert refused.returncode == 1 and "Fix: " in refused.stderr

    refreshed = project.run("refresh", "public.one", "--where", "id <= 20")
    assert refreshed.returncode == 0, refreshed.stderr
    assert "public.one: 20 rows are published." in refreshed.stderr
    wrong = project.run("refresh", "public.one", "--where", "n = 1")
    assert wrong.returncode == 1 and "names more than the key" in wrong.stderr
    whole = project.run("refresh", "public.one", "--json")
    assert json.loads(whole.stdout)[0]["rows"] == 500

    removed = project.run("remove", "public.one")
    assert removed.returncode == 0, removed.stderr
    assert 'A restart captures public.one again: "public.one" names it' in removed.stderr

    shown = project.run("status")
    assert shown.returncode == 0, shown.stderr
    assert ": stream\n" in shown.stdout and "newest cut " in shown.stdout
    assert "removed until the next start: public.one" in shown.stdout
    status = project.status()
    assert status["tables"] == ["public.one", "public.two"] and status["lag_s"] is not None


def test_ctrl_c_in_the_asker_leaves_capture_at_work(project: Project) -> None:
    with psycopg.connect(project.dsn) as writer:
        writer.execute("UPDATE two SET n = 0 WHERE id = 1")
        command = [sys.executable, "-m", "rederive", "--project", str(project.folder), "capture"]
        asker = subprocess.Popen([*command, "add", "public.two"], stderr=subprocess.PIPE, text=True)
        assert asker.stderr is not None
        for line in asker.stderr:
            if "the transaction of" in line:
                break
        asker.send_signal(2)
        asker.wait(TIMEOUT_S)
        said = asker.stderr.read()
        asker.stderr.close()
    assert asker.returncode != 0 and "Traceback" not in said
    ended = project.run("refresh", "public.two")
    assert ended.returncode == 0 and "public.two: 1,500 rows" in ended.stderr, ended.stderr


def test_a_second_capture_does_not_take_the_first_ones_socket(project: Project) -> None:
    second = subprocess.Popen(
        [sys.executable, "-m", "rederive", "--project", str(project.folder), "capture",
         "--no-wait"], stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    _, said = second.communicate(timeout=TIMEOUT_S)
    assert second.returncode == 1, said
    assert project.status()["phase"] == "stream"
