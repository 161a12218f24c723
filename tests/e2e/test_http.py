"""Health over HTTP of both running processes: of a healthy pipeline, and of one with parts missing;
no request hangs."""

from __future__ import annotations

import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cdc import __version__
from tests.commands import rederive
from tests.e2e.small import Small, at_work, write_small
from tests.health_client import LISTENING, HealthClient
from tests.ops_files import METRIC, ROOT, metrics_named

COMMANDS = ("capture", "materialize")
Samples = dict[tuple[str, str], float]
"""The value by a metric's name and its label `sink`, `view` or `part`."""


@dataclass
class Watched(Small):
    """A project whose processes serve their health on ports of their own choice."""

    def serve(self) -> None:
        file = self.folder / "rederive.toml"
        file.write_text(f"{file.read_text()}{LISTENING}loop_silent_max_s = 4\n")

    def __post_init__(self) -> None:
        super().__post_init__()
        health = HealthClient(self.processes)
        self.address, self.get, self.json = health.address, health.get, health.json

    def samples(self, command: str) -> Samples:
        found: Samples = {}
        text = self.get(command, "/metrics")[1].decode()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = sample.labels
                what = labels.get("sink") or labels.get("view") or labels.get("part") or ""
                found[sample.name, what] = sample.value
        return found

    def is_ready(self, command: str) -> bool:
        return self.get(command, "/ready")[0] == 200


@pytest.fixture
def watched(
    tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str
) -> Iterator[Watched]:
    made = write_small(tmp_path / "watched", topic_prefix, postgres_dsn, kafka_bootstrap)
    file = made.folder / "rederive.toml"
    file.write_text(file.read_text().replace('"public.items"', '"public.i*"'))
    watched = Watched(made.folder, made.dsn)
    watched.serve()
    watched.execute(
        "CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL)",
        "INSERT INTO items SELECT i, i FROM generate_series(1, 50) i",
    )
    with at_work(watched):
        yield watched


def test_health_of_a_pipeline(watched: Watched) -> None:
    is_well(watched)
    what_a_wildcard_leaves_out_is_a_note(watched)
    captured_table_that_loses_its_key_is_missed(watched)
    second_one_says_that_there_is_a_first(watched)
    every_metric_asked_for_is_there(watched)
    counts_grow(watched)
    waits_for_what_is_committed(watched)
    page_of_another_site_reads_nothing(watched)
    clients_that_say_nothing_hold_nobody_up(watched)
    view_stops(watched)
    suspended_capture_is_not_alive(watched)


def is_well(watched: Watched) -> None:
    watched.until(lambda: all(watched.is_ready(command) for command in COMMANDS))
    for command in COMMANDS:
        status, live = watched.json(command, "/live")
        assert (status, live["live"]) == (200, True) and live["loop_silent_s"] < 4
        status, told = watched.json(command, "/status")
        shown = watched.status()
        assert status == 200 and told.keys() == shown.keys()
        assert told["state"] == shown["state"] == "well" and told["problems"] == []
        assert shown[command]["pid"] == watched.processes.running[command].pid
        samples = watched.samples(command)
        assert samples["rederive_status_level", ""] == 0
        assert f'version="{__version__}"' in watched.get(command, "/metrics")[1].decode()
    assert watched.json("capture", "/nothing")[0] == 404
    posted = urllib.request.Request(f"{watched.address('capture')}/status", data=b"{}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(posted)
    with refused.value as answer:
        assert (answer.code, "POST" in orjson.loads(answer.read())["error"]) == (501, True)


def what_a_wildcard_leaves_out_is_a_note(watched: Watched) -> None:
    """It may be another program's table, which its user cannot mend."""
    watched.execute("CREATE TABLE idle (n int)")
    watched.until(lambda: watched.status()["notes"] != [])
    (note,) = watched.status()["notes"]
    assert note.startswith("Not captured: table public.idle has no primary key. Fix: ALTER")
    watched.until(lambda: watched.json("capture", "/status")[1]["notes"] == [note])
    assert watched.is_ready("capture")
    shown = rederive(watched.folder, "status")
    assert shown.returncode == 0 and f"note: {note}" in " ".join(shown.stdout.split())
    watched.execute("DROP TABLE idle")
    watched.until(lambda: watched.status()["notes"] == [])


def captured_table_that_loses_its_key_is_missed(watched: Watched) -> None:
    """It was captured, so it is no other program's."""
    watched.execute("CREATE TABLE issues (id int CONSTRAINT issues_key PRIMARY KEY)")
    watched.until(lambda: "public.issues: 0 rows were read" in watched.processes.tail("capture"))
    watched.execute("ALTER TABLE issues DROP CONSTRAINT issues_key")
    watched.until(lambda: watched.problems("capture") != [])
    (problem,) = watched.problems("capture")
    assert problem["message"] == "Not captured: table public.issues has no primary key."
    assert problem["fix"] == "ALTER TABLE public.issues ADD PRIMARY KEY (…)"
    watched.execute("DROP TABLE issues")
    watched.until(lambda: watched.status()["problems"] == watched.status()["notes"] == [])


def second_one_says_that_there_is_a_first(watched: Watched) -> None:
    """The error is not that its address is in use."""
    for command in COMMANDS:
        address = watched.address(command).removeprefix("http://")
        ended = rederive(watched.folder, command, "--listen", address)
        assert ended.returncode == 1
        pid = watched.processes.running[command].pid
        said = (
            f"`rederive {command}` (process {pid}) works on {watched.folder / '.rederive'} already"
        )
        assert said in ended.stderr, ended.stderr


def every_metric_asked_for_is_there(watched: Watched) -> None:
    """The metrics of the alert rules and the dashboard exist, and docs/operations.md explains
    them."""
    there: set[str] = set()
    for command in COMMANDS:
        for line in watched.get(command, "/metrics")[1].decode().splitlines():
            there |= {line.split()[2]} if line.startswith("# TYPE") else set()
    assert metrics_named() <= there
    explained = set(METRIC.findall((ROOT / "docs" / "operations.md").read_text()))
    assert {name for name in there if name.startswith("rederive_")} <= explained


def counts_grow(watched: Watched) -> None:
    capture, materialize = (watched.samples(command) for command in COMMANDS)
    assert capture["rederive_capture_rows_total", ""] == 50
    assert materialize["rederive_view_rows", "shown"] == 50
    assert materialize["rederive_sink_loads_total", "shown_table"] == 1
    watched.execute("INSERT INTO items SELECT i, i FROM generate_series(101, 107) i")

    changes = ("rederive_capture_changes_total", "")
    records = ("rederive_materialize_records_total", "")

    def has_come() -> bool:
        """Metrics may be some seconds old."""
        now = watched.samples("capture") | watched.samples("materialize")
        return now[changes] - capture[changes] == 7 == now[records] - materialize[records]

    watched.until(has_come)
    then, there = (watched.samples(command) for command in COMMANDS)
    assert then["rederive_capture_cuts_total", ""] > capture["rederive_capture_cuts_total", ""]
    assert there["rederive_view_rows", "shown"] == 57
    changed = ("rederive_view_changes_total", "shown")
    assert there[changed] - materialize[changed] == 7
    assert there["rederive_sink_cuts_total", "shown_table"] >= 2
    assert there["rederive_state_bytes", ""] > 10_000
    assert there["rederive_sink_following", "shown_table"] == 1
    assert then["rederive_source_up", ""] == then["rederive_kafka_up", ""] == 1


def waits_for_what_is_committed(watched: Watched) -> None:
    for path in ("/wait", "/wait?view=shown&timeout=20"):
        watched.execute("UPDATE items SET n = n + 1 WHERE id = 1")
        status, told = watched.json("materialize", path)
        assert (status, told["views"]) == (200, ["shown"]), told
        ((here, there),) = watched.execute(
            "SELECT i.n, s.n FROM items i JOIN shown s USING (id) WHERE id = 1"
        )
        assert here == there
    far = "/wait?view=shown&lsn=FFFF/0&timeout=0.5"
    status, told = watched.json("materialize", far)
    assert status == 503 and "do not see FFFF/0 yet" in told["error"] and told["fix"]
    for wrong in ("view=other", "lsn=x", "timeout=x", "timeout=1000", "timeout=nan"):
        status, told = watched.json("materialize", f"/wait?{wrong}")
        assert status == 400 and "convert" not in told["error"], told


def page_of_another_site_reads_nothing(watched: Watched) -> None:
    request = urllib.request.Request(f"{watched.address('capture')}/status")
    request.add_header("Host", "attacker.example:9464")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    with refused.value:
        assert refused.value.code == 403


def clients_that_say_nothing_hold_nobody_up(watched: Watched) -> None:
    host, port = watched.address("materialize").removeprefix("http://").split(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(20)]
    try:
        assert watched.get("materialize", "/live", timeout_s=5.0)[0] == 200
    finally:
        for each in silent:
            each.close()


def view_stops(watched: Watched) -> None:
    """/ready, the metrics and the status report the same fault."""
    file = watched.folder / "views" / "shown.sql"
    file.write_text(file.read_text().replace("SELECT id, n FROM", "SELECT id, 1 / n AS n FROM"))
    watched.until(lambda: "live as edited" in watched.processes.tail("materialize"))
    watched.execute("INSERT INTO items VALUES (201, 0)")
    watched.until(lambda: not watched.is_ready("materialize"))
    status, told = watched.json("materialize", "/ready")
    assert status == 503 and told["reasons"][0]["part"] == "view shown"
    assert "division by zero" in told["reasons"][0]["message"]
    samples = watched.samples("materialize")
    assert samples["rederive_view_stopped", "shown"] == 1
    assert samples["rederive_problem", "view shown"] == 1
    assert samples["rederive_status_level", ""] == 2
    assert samples["rederive_log_records_total", ""] >= 1
    assert watched.is_ready("capture"), "capture serves all the same"


def suspended_capture_is_not_alive(watched: Watched) -> None:
    """Its own health cannot answer; materialize's reports it, in bounded time."""
    pid = watched.processes.running["capture"].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(OSError):
            watched.get("capture", "/live", timeout_s=1.0)
        began = time.monotonic()
        told = watched.json("materialize", "/status")[1]
        assert time.monotonic() - began < 15

        def report() -> str:
            return str(watched.json("materialize", "/status"))

        watched.until(lambda: _is_suspended(watched.json("materialize", "/status")[1]), report)
        assert told["problems"]
    finally:
        os.kill(pid, signal.SIGCONT)
    watched.until(lambda: watched.is_ready("capture"))


def _is_suspended(told: dict[str, Any]) -> bool:
    return any("suspended by a signal" in problem["message"] for problem in told["problems"])


def test_an_address_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        (tmp_path / "rederive.toml").write_text(
            '[source.x]\ndsn = "postgresql://127.0.0.1:1/x"\ntables = ["public.x"]\n'
            '[kafka]\n"bootstrap.servers" = "127.0.0.1:1"\n'
        )
        for command in COMMANDS:
            ended = rederive(tmp_path, command, "--listen", address)
            last = ended.stderr.splitlines()[-1]
            assert ended.returncode == 1
            assert f"Health cannot be served on {address}: Address already in use. Fix: " in last


@pytest.mark.parametrize("address", ["9464", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", ""])
def test_an_address_that_is_none(tmp_path: Path, address: str) -> None:
    ended = rederive(tmp_path, "materialize", "--listen", address)
    assert ended.returncode == 1
    (tmp_path / "rederive.toml").write_text(f'[http]\ncapture = "{address}"\n')
    ended = rederive(tmp_path, "capture")
    assert ("http.capture: " in ended.stderr) == bool(address)
