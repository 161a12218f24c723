"""Whether a process is suspended by a signal, or merely slowed by many."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rederive.status.ask_process import is_suspended
from tests.faults.starving import starved

LOOKS = 5


@pytest.fixture
def pid() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield process.pid
        process.kill()


def is_stopped(pid: int) -> bool:
    """At this moment."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def test_it_is_told_apart_from_one_that_is_slowed(pid: int) -> None:
    assert not is_suspended(pid)
    with starved(lambda: [pid]):
        for _ in range(LOOKS):
            while not is_stopped(pid):
                time.sleep(0.001)
            assert not is_suspended(pid)
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
    assert is_suspended(pid)
    os.kill(pid, signal.SIGCONT)
    assert not is_suspended(pid)


def test_one_that_is_gone_is_not(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert not is_suspended(pid)
