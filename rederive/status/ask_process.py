"""What a process of this project says of itself, and what can be seen of one that says nothing."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from cdc.control import Control, socket_path
from cdc.errors import RederiveError
from cdc.peer import process_of, short_path
from materializers.control.state_lock import MATERIALIZE, at_work
from rederive.status.facts import Presence, ProcessFacts

_SUSPENDED = ("T", "t")
_LOOK_S = 0.25
_BEGIN_S = 0.5


def ask_process(
    state: Path, process: str, timeout_s: float, *, with_storage: bool = False
) -> ProcessFacts:
    """Its status, or why there is none within the time."""
    arguments = {"storage": True} if with_storage else {}
    try:
        control = Control.connect(state, process)
        if control is None:
            return _unheard(state, process)
        answers = list(control.stream("status", silence_max_s=timeout_s, **arguments))
    except (OSError, RederiveError) as error:
        pid = process_behind(socket_path(state, process))
        if pid is None:
            return ProcessFacts(Presence.ABSENT, error="it ended before it answered")
        return ProcessFacts(Presence.SILENT, pid, is_suspended(pid), error=_why(error))
    pid = process_behind(socket_path(state, process)) or 0
    return ProcessFacts(Presence.ANSWERS, pid, answer=answers[-1] if answers else {})


def _why(error: Exception) -> str:
    """Why it says nothing, where that is more than that it does not."""
    if isinstance(error, PermissionError):
        return f"{error.strerror}"
    said = error.message if isinstance(error, RederiveError) else ""
    return "" if said.endswith("does not answer.") else said


def _unheard(state: Path, process: str) -> ProcessFacts:
    """Nobody listens: there is none, unless it has the state all the same for longer than it
    takes to begin."""
    if process != MATERIALIZE or not at_work(state):
        return ProcessFacts(Presence.ABSENT)
    time.sleep(_BEGIN_S)
    pid = at_work(state)
    if not pid or process_behind(socket_path(state, process)) is not None:
        return ProcessFacts(Presence.STARTING if pid else Presence.ABSENT, pid)
    error = f"nobody listens at {socket_path(state, process)}"
    return ProcessFacts(Presence.SILENT, pid, error=error)


def process_behind(path: Path) -> int | None:
    """The process that listens on the socket, 0 where that cannot be told, None where there is
    none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        try:
            with short_path(path) as reachable:
                client.connect(reachable)
            return process_of(client)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError:
            return 0  # too many wait for it already


def is_suspended(pid: int) -> bool:
    """Whether a signal has stopped it, and nobody continues it (as cpulimit does, many times a
    second); False where that cannot be seen."""
    seen = _standing(pid)
    if seen is None:
        return False
    time.sleep(_LOOK_S)
    return _standing(pid) == seen


def _standing(pid: int) -> tuple[str, ...] | None:
    """How often the processor was taken from one that a signal has stopped (proc_pid_status(5));
    None of any other."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    if told["State"].split()[0] not in _SUSPENDED:
        return None
    return tuple(told[name] for name in told if name.endswith("ctxt_switches"))
