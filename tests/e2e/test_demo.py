"""The demo on a part of the data, as a user runs it: real servers and processes, no difference."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROWS = 20_000
TIMEOUT_S = 400


def demo_command(folder: Path, *options: str) -> list[str]:
    command = [sys.executable, "-m", "rederive", "demo", "--dir", str(folder)]
    return [*command, "--rows", str(ROWS), *options]


def environment() -> dict[str, str]:
    """Wide enough not to wrap the table, and without the user's own servers."""
    named = [name for name in os.environ if name.startswith("REDERIVE_")]
    foreign = set(named) - {"REDERIVE_CACHE", "REDERIVE_MAVEN_URL"}
    return {n: v for n, v in os.environ.items() if n not in foreign} | {"COLUMNS": "140"}


def run_once(folder: Path) -> tuple[str, float]:
    began = time.monotonic()
    ended = subprocess.run(
        demo_command(folder, "--once"),
        capture_output=True, text=True, timeout=TIMEOUT_S, env=environment(),
    )  # fmt: skip
    logs = "\n".join(log.read_text() for log in folder.glob(".rederive/logs/*.log"))
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}\n{logs}"
    return ended.stdout, time.monotonic() - began


def rows_of_table(shown: str) -> dict[str, list[str]]:
    """The table's rows by view: sink, rows, cut, lag, rebuild time, differences."""
    rows = [re.split(r"\s{2,}", line.strip()) for line in shown.splitlines()]
    return {row[0]: row[1:] for row in rows if len(row) == 7 and row[0] != "view"}


@pytest.mark.timeout(3 * TIMEOUT_S)
def test_the_demo_ends_with_no_difference_and_starts_warm_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "flights"
    first = rows_of_table(run_once(folder)[0])
    assert set(first) == {"flight_search", "carrier_board", "daily_delays"}
    assert [row[-1] for row in first.values()] == ["0", "0", "0"]
    assert int(first["flight_search"][1].replace(",", "")) > ROWS - 1_000
    assert first["flight_search"][4] != "-"

    killed = subprocess.Popen(
        demo_command(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment()
    )
    assert killed.stdout is not None
    for line in killed.stdout:
        if line.startswith(b"views "):
            break
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()

    again = rows_of_table(run_once(folder)[0])
    assert [row[-1] for row in again.values()] == ["0", "0", "0"]
    assert not list(folder.glob(".rederive/stack/stack.env")), "servers were left running"
