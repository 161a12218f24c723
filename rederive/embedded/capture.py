"""Capture in a thread of this process."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from cdc.commands import Commands
from materializers.project.project import Project
from rederive import capturing
from rederive.embedded.running import Running


class RunningCapture(Running):
    """Writes the source's changes to Kafka, exactly once; see `capture`."""

    command = "capture"

    def __init__(
        self,
        project: Project | Path | str,
        *,
        resnapshot: bool = False,
        take_over: bool = False,
        wait: bool = True,
    ) -> None:
        super().__init__(project)
        self._resnapshot, self._take_over, self._wait = resnapshot, take_over, wait
        self._commands = Commands(self.project.source, self._stop)

    def status(self) -> dict[str, Any]:
        """Where it stands, as `rederive capture status --json` tells it. Raises what ended it."""
        self.check()
        return self._commands.status()

    def _work(self, stop: threading.Event) -> None:
        capturing.run(
            self.project, self._commands, stop,
            resnapshot=self._resnapshot, take_over=self._take_over, wait=self._wait,
        )  # fmt: skip

    def _is_begun(self) -> bool:
        status = self._commands.status()
        return status["phase"] != "waits" or status["trouble"] is not None


def capture(
    project: Project | Path | str,
    *,
    resnapshot: bool = False,
    take_over: bool = False,
    wait: bool = True,
) -> RunningCapture:
    """What `rederive capture` does, in a thread: begun by `with`, or by `start()`.

    `resnapshot`: copy every table anew, then follow. `take_over`: end another capture of this
    source. `wait`: servers that are away at the start are waited for. Raises ConfigError where the
    project has faults; the start raises PreflightError where something is to be mended by hand,
    SourceError and BrokerError where a server refuses, either where another capture of the source
    is at work. One that is taken over ends by FencedError."""
    return RunningCapture(project, resnapshot=resnapshot, take_over=take_over, wait=wait)
