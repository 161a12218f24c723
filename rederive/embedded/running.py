"""Work in a thread of this process: begun, stopped cleanly, and never ended in silence.

No signal is touched. What ends the thread is logged, and raised by whatever is asked next; what
keeps it from its work is raised by its start.
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

    Where the block is left it stops at a cut, and raises what ended it before; an error of the
    block's own goes first, with a note of that. A program that ends without `stop` stops it too.
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
        """Whether it is at work, or waits for a server and says so in the log."""
        raise NotImplementedError

    # ------------------------------------------------------------------ life

    def start(self) -> Self:
        """Begin; returns once it is at work, or waits for something that may pass. Raises what
        keeps it from that, RederiveError where it was started before."""
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
        """Stop at a cut and return when nothing is at work any more. Raises what ended it before.
        Asked again, or before the start, it does nothing."""
        self._end()
        self.check()

    def check(self) -> None:
        """Raise what ended it, where an error did."""
        if self._failure is not None:
            raise self._failure

    @property
    def is_running(self) -> bool:
        """Whether it is at work."""
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
        except BaseException as error:  # raised where it is asked for next
            told = as_rederive_error(error)
            if told is not error:
                told.__cause__ = error
            if self._is_begun():  # else `start` raises it
                fix = f" Fix: {told.fix}" if told.fix else ""
                log = logging.getLogger(f"rederive.{self.command}")
                log.error("%s ends: %s%s", self.command, told.logged, fix)
            self._failure = told


def opened(project: Project | Path | str) -> Project:
    """The project of that folder; one that is open already is returned as it is."""
    return project if isinstance(project, Project) else load_project(Path(project))


def open_project(folder: Path | str) -> Project:
    """Read a project's folder: `rederive.toml` and its views. No connection is opened. Raises
    ConfigError with every fault that was found; `warnings` of the result are lines about what is
    legal but odd."""
    return load_project(Path(folder))
