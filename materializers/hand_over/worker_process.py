"""The pipeline's side of a hand-over's process."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from types import TracebackType

from materializers.errors import RebuildError
from materializers.hand_over.job import Job, Told

CHECK_S = 0.1
_START = (
    "import os, pickle, sys; sys.path[:], folder = pickle.load(sys.stdin.buffer);"
    " os.putenv('SQLITE_TMPDIR', folder);"
    " from materializers.hand_over.worker import main; sys.exit(main())"
)
"""SQLite reads the variable when it is imported; it sorts in files there."""
_READ_BYTES = 65_536


class WorkerProcess:
    """Runs while the block lasts; its end kills it. The state that it builds is whole only if `run`
    has returned."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __enter__(self) -> WorkerProcess:
        command = [sys.executable, "-c", _START]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True)
        return self

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def run(self, check: Callable[[], None], told: Callable[[Told], None]) -> None:
        """Wait until it has done the job. `check` may raise to end it; `told`: what it tells.
        Raises its error, RebuildError where it dies."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        with suppress(BrokenPipeError):  # it has died, which is seen below
            process.stdin.write(pickle.dumps((sys.path, str(self._job.folder))))
            process.stdin.write(self._job.pickled())
            process.stdin.flush()
        rest = b""
        with DefaultSelector() as selector:
            selector.register(process.stdout, EVENT_READ)
            while True:
                check()
                if not selector.select(CHECK_S):
                    continue
                data = os.read(process.stdout.fileno(), _READ_BYTES)
                if not data:
                    break
                *lines, rest = (rest + data).split(b"\n")
                for line in map(Told.from_json, lines):
                    line.require_success()
                    told(line)
        if (status := process.wait()) != 0:
            raise RebuildError(f"{self._job.what}: the process that builds them died ({status}).")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
