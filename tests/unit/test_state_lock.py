"""Who holds a state, and who is believed to."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import orjson
import pytest

from materializers.control.state_lock import at_work, state_lock
from materializers.errors import StateError


def test_a_name_left_by_one_that_is_dead_refuses_nobody(tmp_path: Path) -> None:
    """Whoever took the lock a moment ago has yet to write its own name over it."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with (tmp_path / "lock").open("a+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write(orjson.dumps({"command": "materialize", "pid": dead.pid}))
        held.flush()
        told = threading.Event()

        def is_stopping() -> bool:
            if told.is_set():
                fcntl.flock(held, fcntl.LOCK_UN)
            told.set()
            return False

        with state_lock(tmp_path, "materialize", is_stopping) as is_held:
            assert is_held


def test_one_that_lives_refuses(tmp_path: Path) -> None:
    with state_lock(tmp_path, "materialize"):
        with pytest.raises(StateError, match=f"process {os.getpid()}.* works on"):
            with state_lock(tmp_path, "materialize"):
                pass


def test_who_is_at_work_is_seen_from_outside(tmp_path: Path) -> None:
    assert at_work(tmp_path) == 0
    with state_lock(tmp_path, "materialize"):
        assert at_work(tmp_path) == os.getpid()
    assert at_work(tmp_path) == 0, "its name is there still"
    with state_lock(tmp_path, "rebuild"):
        assert at_work(tmp_path) == 0
