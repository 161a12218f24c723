"""Asks a process of this project for its status, and looks at one that does not answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cdc.control import Control, socket_path
from cdc.errors import RederiveError
from cdc.peer import process_of, short_path
from materializers.control.state_lock import MATERIALIZE, at_work
from rederive.status.facts import Presence, ProcessFacts

_SUSPENDED = ("T", "t")
_LOOK_S = 0.25
_BEGIN_S = 0.5


def ask_storage(state: Path, timeout_s: float) -> Mapping[str, Any]:
    """What takes space in the state, asked of materialize; {} where it does not run. Raises
    RederiveError where it does not answer within `timeout_s`."""
    control = Control.connect(state, MATERIALIZE)
    answers = [] if control is None else list(control.stream("storage", silence_max_s=timeout_s))
    return answers[-1] if answers else {}


def ask_process(state: Path, process: str, timeout_s: float) -> ProcessFacts:
    """The process's status, or why there is none within `timeout_s`."""
    try:
        control = Control.connect(state, process)
        if control is None:
            return _unheard(state, process)
        answers = list(control.stream("status", silence_max_s=timeout_s))
    except (OSError, RederiveError) as error:
        pid = process_behind(socket_path(state, process))
        if pid is None:
            return ProcessFacts(Presence.ABSENT, error="it ended before it answered")
        return ProcessFacts(Presence.SILENT, pid, is_suspended(pid), error=_why(error))
    pid = process_behind(socket_path(state, process)) or 0
    return ProcessFacts(Presence.ANSWERS, pid, answer=answers[-1] if answers else {})


def _why(error: Exception) -> str:
    """Why it does not answer, if more than that is known."""
    if isinstance(error, PermissionError):
        return f"{error.strerror}"
    message = error.message if isinstance(error, RederiveError) else ""
    return "" if message.endswith("does not answer.") else message


def _unheard(state: Path, process: str) -> ProcessFacts:
    """Nobody listens: the process does not run, unless it has held the state for longer than a
    start takes."""
    if process != MATERIALIZE or not at_work(state):
        return ProcessFacts(Presence.ABSENT)
    time.sleep(_BEGIN_S)
    pid = at_work(state)
    if not pid or process_behind(socket_path(state, process)) is not None:
        return ProcessFacts(Presence.STARTING if pid else Presence.ABSENT, pid)
    error = f"nobody listens at {socket_path(state, process)}"
    return ProcessFacts(Presence.SILENT, pid, error=error)


def process_behind(path: Path) -> int | None:
    """The pid of the process that listens on the socket; 0 where unknown, None where nobody
    listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        try:
            with short_path(path) as reachable:
                client.connect(reachable)
            return process_of(client)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError:
            return 0  # its queue of connections is full


def is_suspended(pid: int) -> bool:
    """Whether a signal has stopped the process for longer than a moment (cpulimit stops and
    continues it many times a second). False where that is unknown."""
    seen = _standing(pid)
    if seen is None:
        return False
    time.sleep(_LOOK_S)
    return _standing(pid) == seen


def _standing(pid: int) -> tuple[str, ...] | None:
    """Counts of context switches of a process stopped by a signal (proc_pid_status(5)), which are
    equal while it stays stopped; None for other processes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    if fields["State"].split()[0] not in _SUSPENDED:
        return None
    return tuple(fields[name] for name in fields if name.endswith("ctxt_switches"))
