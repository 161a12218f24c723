"""What a process of this project says of itself, and what can be seen of one that says nothing."""

from __future__ import annotations

import socket
from pathlib import Path

from cdc.control import Control, socket_path
from cdc.errors import RederiveError
from cdc.peer import process_of, short_path
from rederive.status.facts import Presence, ProcessFacts

_SUSPENDED = ("T", "t")


def ask_process(
    state: Path, process: str, timeout_s: float, *, with_storage: bool = False
) -> ProcessFacts:
    """Its status, or why there is none within the time."""
    arguments = {"storage": True} if with_storage else {}
    try:
        control = Control.connect(state, process)
        if control is None:
            return ProcessFacts(Presence.ABSENT)
        answers = list(control.stream("status", silence_max_s=timeout_s, **arguments))
    except (OSError, RederiveError) as error:
        pid = _pid_behind(socket_path(state, process))
        if pid is None:
            return ProcessFacts(Presence.ABSENT, error="it ended before it answered")
        return ProcessFacts(Presence.SILENT, pid, _is_suspended(pid), error=str(error))
    pid = _pid_behind(socket_path(state, process)) or 0
    return ProcessFacts(Presence.ANSWERS, pid, answer=answers[-1] if answers else {})


def _pid_behind(path: Path) -> int | None:
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


def _is_suspended(pid: int) -> bool:
    """Whether a signal has stopped it (proc_pid_stat(5)); False where that cannot be seen."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] in _SUSPENDED
