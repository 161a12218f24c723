"""Lets one process at a time work on a pipeline's state, and says which.

The kernel releases the lock when the process ends in any way.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import orjson

from cdc.private_folder import private_folder
from materializers.errors import StateError

MATERIALIZE = "materialize"
POLL_S = 0.1

log = logging.getLogger("rederive.materialize")


@contextmanager
def state_lock(
    folder: Path, command: str, is_stopping: Callable[[], bool] = lambda: False
) -> Iterator[bool]:
    """Hold the state in `folder` for the block, as `rederive command`. Yields False where
    `is_stopping` came first.

    Waits for a command that ends by itself (`rebuild`, `explain`). Raises StateError where
    `materialize` holds the state."""
    with (private_folder(folder) / "lock").open("a+b") as file:
        yield _acquired(file, folder, command, is_stopping)


def _acquired(file: IO[bytes], folder: Path, command: str, is_stopping: Callable[[], bool]) -> bool:
    is_logged, pause = False, threading.Event()
    while not is_stopping():
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder, pid = _holder(file)
            if holder == MATERIALIZE and _is_alive(pid):
                raise StateError(
                    f"`rederive materialize` (process {pid}) works on {folder} already.",
                    fix="stop it, or give this project another state folder",
                ) from None
            if not is_logged:
                log.warning("waiting for `rederive %s` (process %d) to end", holder, pid)
                is_logged = True
            pause.wait(POLL_S)
            continue
        file.truncate(0)
        file.write(orjson.dumps({"command": command, "pid": os.getpid()}))
        file.flush()
        return True
    return False


def at_work(folder: Path) -> int:
    """The pid of the `materialize` that holds the state in `folder`; 0 where none does, or the
    system does not show it. Does not take the lock, which could refuse another process."""
    try:
        with (folder / "lock").open("rb") as file:
            status, (command, pid) = os.fstat(file.fileno()), _holder(file)
        locks = Path("/proc/locks").read_text()
    except OSError:
        return 0
    # proc_locks(5): kind, …, device and inode, separated by colons
    is_held = any(
        "FLOCK" in line and f":{status.st_ino} " in line for line in locks.splitlines()
    )  # fmt: skip
    return pid if is_held and command == MATERIALIZE and _is_alive(pid) else 0


def _is_alive(pid: int) -> bool:
    """Whether the process exists. The file may still name a dead process while its successor, which
    has the lock, is about to write its own name."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's
    return True


def _holder(file: IO[bytes]) -> tuple[str, int]:
    """Command and pid in the lock's file; ("", 0) before the holder has written them."""
    file.seek(0)
    try:
        holder = orjson.loads(file.read())
    except orjson.JSONDecodeError:
        return "", 0
    return str(holder["command"]), int(holder["pid"])
