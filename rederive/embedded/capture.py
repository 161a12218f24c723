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
        """Its status, as `rederive capture status --json` shows it. Raises what ended it."""
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
    """`rederive capture` in a thread, begun by `with` or `start()`.

    `resnapshot`: copy every table again, then follow. `take_over`: end another capture of this
    source. `wait`: wait for servers that are away at the start. Raises ConfigError where the
    project has faults. The start raises PreflightError where somebody must mend something,
    SourceError and BrokerError where a server refuses; one of these also where another capture of
    the source runs. A capture that is taken over ends with FencedError."""
    return RunningCapture(project, resnapshot=resnapshot, take_over=take_over, wait=wait)
