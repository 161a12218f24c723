"""The demo's two processes: the commands that a user runs, with logs of their own.

A child ends when its standard input closes, so it never outlives this process. Each child inherits
a lock, so that the next demo can wait for one that is still stopping.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

from cdc.errors import RederiveError

STOP_TIMEOUT_S = 60.0
LOG_LINES = 6


class DemoProcess:
    """`rederive NAME` on a project, with its output in `.rederive/logs/NAME.log`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.log = folder / ".rederive" / "logs" / f"{name}.log"
        self._command = [
            *(sys.executable, "-m", "rederive"),
            *("--project", str(folder), name, "--while-stdin-open"),
        ]
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, once a process of an earlier demo has ended. Raises RederiveError."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.log.with_suffix(".lock"), os.O_RDWR | os.O_CREAT)
        try:
            self._wait_for(lock)
            with self.log.open("ab") as output:
                self._child = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                    pass_fds=(lock,),
                    start_new_session=True,
                )
        finally:
            os.close(lock)

    def check(self) -> None:
        """Raise RederiveError with the log's last lines if it has ended."""
        if self._child is not None and self._child.poll() is not None:
            lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
            raise RederiveError(
                f"`rederive {self.name}` ended with status {self._child.returncode}: "
                + " | ".join(lines),
                fix=f"see {self.log}",
            )

    def stop(self) -> None:
        """Ask it to stop at a cut and wait; after STOP_TIMEOUT_S kill it."""
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None
        child.stdin.close()
        try:
            child.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _wait_for(self, lock: int) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise RederiveError(
                        f"A `rederive {self.name}` of an earlier demo still runs.",
                        fix=f"stop the process that holds {self.log.with_suffix('.lock')}",
                    ) from None
                time.sleep(0.1)
