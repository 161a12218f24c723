"""A capture that is held in the middle of its snapshot."""

from __future__ import annotations

import threading

from cdc.capture import Capture
from cdc.progress import Progress
from tests.capture.running import TIMEOUT_S, RunningCapture


class Held(RunningCapture):
    """Stays in its snapshot, after a few rows, until `go_on` is set."""

    def __init__(self, of: RunningCapture) -> None:
        super().__init__(str(of.source.dsn), of.kafka.address, of.source.name)
        self.is_copying, self.go_on = threading.Event(), threading.Event()

    def _run(self) -> None:
        try:
            Capture(self.source, self.kafka, progress_interval_s=0.0).run(self._stop, self._note)
        except BaseException as error:
            self.error = error

    def _note(self, progress: Progress) -> None:
        self.progress.append(progress)
        if progress.phase == "snapshot" and progress.rows_done:
            self.is_copying.set()
            assert self.go_on.wait(TIMEOUT_S)
