"""One process at a time works on a pipeline's state, and says which before it opens anything.

The kernel lets go of the lock when the process ends, however it ends.
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
    """Hold the state in `folder` for the block, as `rederive command`; False where `is_stopping`
    came first.

    A command that ends by itself (`rebuild`, `explain`) is waited for. Raises StateError where
    `materialize` holds it."""
    with (private_folder(folder) / "lock").open("a+b") as file:
        yield _acquired(file, folder, command, is_stopping)


def _acquired(file: IO[bytes], folder: Path, command: str, is_stopping: Callable[[], bool]) -> bool:
    is_told, pause = False, threading.Event()
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
            if not is_told:
                log.warning("waiting for `rederive %s` (process %d) to end", holder, pid)
                is_told = True
            pause.wait(POLL_S)
            continue
        file.truncate(0)
        file.write(orjson.dumps({"command": command, "pid": os.getpid()}))
        file.flush()
        return True
    return False


def at_work(folder: Path) -> int:
    """The process of the `materialize` that has the state in `folder`; 0 where none has it, or that
    cannot be seen. The lock itself is not touched: whoever is about to take it would be refused."""
    try:
        with (folder / "lock").open("rb") as file:
            found, (command, pid) = os.fstat(file.fileno()), _holder(file)
        locks = Path("/proc/locks").read_text()
    except OSError:
        return 0
    # proc_locks(5): the kind, …, the device and the inode behind colons
    is_held = any(
        "FLOCK" in line and f":{found.st_ino} " in line for line in locks.splitlines()
    )  # fmt: skip
    return pid if is_held and command == MATERIALIZE and _is_alive(pid) else 0


def _is_alive(pid: int) -> bool:
    """Whether there is that process: who has the lock may be about to write its name over that of
    one that is dead."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's
    return True


def _holder(file: IO[bytes]) -> tuple[str, int]:
    """Who says that he has it; he may be about to say it."""
    file.seek(0)
    try:
        said = orjson.loads(file.read())
    except orjson.JSONDecodeError:
        return "", 0
    return str(said["command"]), int(said["pid"])
