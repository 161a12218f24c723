"""Two `rederive materialize` over one sink: one writes it, the other says why it does not."""

from __future__ import annotations

import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.commands import rederive
from tests.e2e.small import Small, running, write_small


@pytest.fixture
def small(tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str) -> Small:
    """The project; nothing runs."""
    return write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)


def copied(small: Small, name: str, *, with_state: bool = False) -> Small:
    """A copy of the project, in another folder."""
    folder = small.folder.parent / name
    ignored = [] if with_state else [".rederive"]
    shutil.copytree(small.folder, folder, ignore=shutil.ignore_patterns(*ignored, "*.sock"))
    return Small(folder, small.dsn)


def shows(small: Small, number: int) -> bool:
    """Whether readers of the sink get to see a row inserted now."""
    small.execute(f"insert into items values ({number}, {number})")
    small.until(lambda: small.execute(f"select id from shown where id = {number}") != [])
    return True


def owner_is_told(small: Small, second: Small) -> None:
    """The owner's status has it on request; the other one's has it as a note."""
    small.until(lambda: small.status()["views"][0]["owner"] is not None)
    owner = small.status()["views"][0]["owner"]
    pid = small.processes.running["materialize"].pid
    assert (owner["pid"], owner["state"]) == (pid, f"{small.folder}/.rederive")
    assert owner["silence_s"] < 60 and not owner["has_ended"]
    assert small.status()["notes"] == []
    words = f"pipeline {owner['pipeline']} (process {pid} on "
    note = f"Sink shown_table belongs to {words}"
    small.until(lambda: [each.startswith(note) for each in second.status()["notes"]] == [True])
    written = f"sink shown_table: written by {words}"
    small.until(lambda: written in rederive(small.folder, "status", "--verbose").stdout)


def last_line(small: Small) -> str:
    return small.processes.tail("materialize").strip().splitlines()[-1]


def live(small: Small) -> int:
    """The number of the generation that readers see."""
    return int(small.execute("select number from rederive.generations where is_live")[0][0])


@pytest.mark.timeout(300)
def test_one_writes_and_the_other_says_why_it_does_not(small: Small) -> None:
    with running(small):
        second = copied(small, "second")
        refused = rederive(second.folder, "materialize")
        assert refused.returncode == 1
        said = refused.stderr.strip().splitlines()[-1]
        assert "sink shown_table belongs to another pipeline" in said
        assert f"state {small.folder}" in said and "last sign of life" in said
        assert "was removed on purpose, take its sinks over with" in said and "--take-over" in said
        assert shows(small, 100)
        owner_is_told(small, second)

        second.processes.start("materialize", "--take-over")
        assert small.ended("materialize") == 1
        said = last_line(small)
        assert "sink shown_table: pipeline" in said and f"state {second.folder}" in said
        assert "has taken it over; this process stops" in said and "--take-over" in said
        try:
            assert shows(second, 101)
            assert rederive(small.folder, "materialize").returncode == 1
            third = copied(second, "third", with_state=True)
            refused = rederive(third.folder, "materialize", timeout_s=90)
            assert refused.returncode == 1
            assert "belongs to a copy of this state" in refused.stderr.splitlines()[-1]
            before = live(second)
            second.processes.kill("materialize")
            dead = second.folder / ".rederive" / "rebuild-shown"
            dead.mkdir()
            second.processes.start("materialize")
            assert shows(second, 102)
            assert not dead.exists(), "of a rebuild that was killed"
            assert live(second) == before, "a restart after a crash goes on where it was"
        finally:
            second.processes.stop()
        third.processes.start("materialize")
        try:
            assert shows(third, 103)
        finally:
            third.processes.stop()
        small.processes.start("materialize", "--take-over")
        assert shows(small, 104)


@pytest.mark.timeout(300)
def test_one_that_was_stopped_wakes_up_replaced(small: Small) -> None:
    """SIGSTOP simulates a machine that hangs: what it does when it wakes has no effect."""
    with running(small):
        process = small.processes.running["materialize"]
        os.kill(process.pid, signal.SIGSTOP)
        second = copied(small, "second")
        second.processes.start("materialize", "--take-over")
        try:
            assert shows(second, 200)
            os.kill(process.pid, signal.SIGCONT)
            assert small.ended("materialize") == 1
            assert "has taken it over; this process stops" in last_line(small)
            assert shows(second, 201)
        finally:
            second.processes.stop()
        small.processes.start("materialize", "--take-over")
        assert shows(small, 202)


@pytest.mark.timeout(300)
def test_a_rebuild_waits_for_a_process_that_was_killed(small: Small) -> None:
    with running(small), ThreadPoolExecutor() as pool:
        before = live(small)
        small.processes.kill("materialize")
        rebuilding = pool.submit(rederive, small.folder, "rebuild", "shown", timeout_s=120)
        time.sleep(2)  # time for a supervisor to notice
        assert not rebuilding.done()
        small.processes.start("materialize")
        assert rebuilding.result().returncode == 0, rebuilding.result().stderr
        assert "waiting for `rederive rebuild`" not in small.processes.tail("materialize")
        assert live(small) > before
        assert shows(small, 300)


@pytest.mark.timeout(300)
def test_a_view_that_others_read_goes_on_where_its_edit_cannot(small: Small) -> None:
    with running(small):
        small.execute("create view on_top as select n from shown")
        file = small.folder / "views" / "shown.sql"
        edited = file.read_text().replace("SELECT id, n FROM", "SELECT id, n + 1 AS more FROM")
        before = live(small)
        file.write_text(edited)
        small.until(lambda: "drop what depends on the sink's view" in str(small.status()))
        assert shows(small, 400) and live(small) == before
        assert small.execute("select count(*) from on_top") == [(51,)]
        small.execute("drop view on_top")
        file.write_text(edited + "\n-- again\n")
        small.until(lambda: live(small) != before)
        small.until(lambda: small.execute("select more from shown where id = 400") == [(401,)])
