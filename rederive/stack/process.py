"""Processes that outlive the one that started them, known by pid and start time.

A pid alone may have been given to a stranger since; with its start time it names one process.
"""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rederive.stack.environment import server_environment
from rederive.stack.errors import StackError

POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this boot of the machine."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        """Whether this very process runs (a zombie does not)."""
        _reap(self.pid)
        return _start_time(self.pid) == self.started

    def stop(self, signals: Sequence[signal.Signals], timeout_s: float) -> None:
        """Send each signal in turn, `timeout_s` apart, then SIGKILL; return when it is gone."""
        for number in (*signals, signal.SIGKILL):
            if self._send(number) and not self._wait(timeout_s):
                continue
            return

    def _send(self, number: signal.Signals) -> bool:
        if not self.is_alive():
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def _wait(self, timeout_s: float) -> bool:
        end = time.monotonic() + timeout_s
        while self.is_alive():
            if time.monotonic() > end:
                return False
            time.sleep(POLL_S)
        return True


def spawn(command: Sequence[str], log: Path) -> Process:
    """Start a command in a session of its own, its output to `log`, nothing on its input.

    Raises StackError where there is no such program.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    try:
        pid = os.posix_spawnp(
            command[0], list(command), server_environment(), file_actions=actions, setsid=True
        )
    except OSError as error:
        raise StackError(f"{command[0]} cannot be run: {error.strerror}.") from error
    return Process(pid, _start_time(pid) or "")


def last_lines(log: Path, count: int = 12) -> str:
    """The last lines of a log, or an empty string where there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # started by another process, which reaps it


def _start_time(pid: int) -> str | None:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _start_time_by_ps(pid)
    # proc(5): the command in parentheses may hold spaces; state is field 3, starttime field 22.
    after_command = status.rpartition(")")[2].split()
    if after_command[0] in "ZX" and not _has_other_threads(pid):
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{after_command[19]}"


def _has_other_threads(pid: int) -> bool:
    """A killed process' first thread may be gone while another still holds its ports and files."""
    try:
        return len(list(Path(f"/proc/{pid}/task").iterdir())) > 1
    except (FileNotFoundError, ProcessLookupError):
        return False


def _start_time_by_ps(pid: int) -> str | None:
    """Systems without /proc (macOS)."""
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return started.strip() if started and not state.startswith("Z") else None
