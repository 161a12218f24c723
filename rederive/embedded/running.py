"""Work in a thread of this process: started, stopped cleanly, and never ended silently.

It touches no signal. An error that ends the thread is logged, and raised by the next call; an error
before it has begun is raised by `start`.
"""

from __future__ import annotations

import atexit
import logging
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from cdc.errors import RederiveError
from cdc.unexpected import as_rederive_error
from materializers.project.project import Project, load_project
from rederive.seldom import KAFKA, Seldom

POLL_S = 0.05
_SELDOM = Seldom()


class Running:
    """At work from `start` to `stop`, or for the length of a `with` block. Any thread may use it.

    At the block's end it stops at a cut, and raises the error that ended it earlier; if the block
    has an error of its own, that one is raised, with a note. It also stops when the program ends.
    """

    command = ""

    def __init__(self, project: Project | Path | str) -> None:
        self.project = opened(project)
        self._stop = threading.Event()
        self._failure: RederiveError | None = None
        self._thread = threading.Thread(target=self._run, name=self.command, daemon=True)
        self._changing = threading.Lock()

    # ------------------------------------------------------------------ for subclasses

    def _work(self, stop: threading.Event) -> None:
        raise NotImplementedError

    def _is_begun(self) -> bool:
        """Whether it works, or waits for a server and logs that."""
        raise NotImplementedError

    # ------------------------------------------------------------------ start and stop

    def start(self) -> Self:
        """Start. Returns once it works, or waits for something that may pass. Raises what prevents
        that, and RederiveError if it was started before."""
        with self._changing:
            if self._thread.ident is not None:
                raise RederiveError(
                    f"This {self.command} was started before.", fix="make another one"
                )
            self._thread.start()
        atexit.register(self._end)
        logging.getLogger(KAFKA).addFilter(_SELDOM)
        try:
            while self._thread.is_alive() and not self._is_begun():
                self._thread.join(POLL_S)
        except BaseException:  # Ctrl-C
            self._end()
            raise
        self.check()
        return self

    def stop(self) -> None:
        """Stop at a cut, and return once nothing runs any more. Raises the error that ended it
        earlier. Before the start, or repeated, it does nothing."""
        self._end()
        self.check()

    def check(self) -> None:
        """Raise the error that ended it, if any."""
        if self._failure is not None:
            raise self._failure

    @property
    def is_running(self) -> bool:
        """Whether it is running."""
        return self._thread.is_alive()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        if self._failure is None or error is self._failure:
            return
        if error is None:
            raise self._failure
        error.add_note(f"{self.command} had ended: {self._failure}")

    def _end(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        atexit.unregister(self._end)

    def _run(self) -> None:
        try:
            self._work(self._stop)
        except BaseException as error:  # raised by the next call
            failure = as_rederive_error(error)
            if failure is not error:
                failure.__cause__ = error
            if self._is_begun():  # else `start` raises it
                fix = f" Fix: {failure.fix}" if failure.fix else ""
                log = logging.getLogger(f"rederive.{self.command}")
                log.error("%s ends: %s%s", self.command, failure.logged, fix)
            self._failure = failure


def opened(project: Project | Path | str) -> Project:
    """The project of that folder; a Project is returned unchanged."""
    return project if isinstance(project, Project) else load_project(Path(project))


def open_project(folder: Path | str) -> Project:
    """Read a project's folder: `rederive.toml` and its views. Opens no connection. Raises
    ConfigError with every fault. `warnings` of the result are lines about what is legal but odd."""
    return load_project(Path(folder))
