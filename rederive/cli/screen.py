"""The command's output: results on stdout; progress, logs and errors on stderr.

On a terminal, progress is a bar that disappears. Elsewhere it is a line when a phase begins, and
ever fewer lines while it lasts, so that logs of long runs stay short.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from cdc.errors import ConfigError, RederiveError
from cdc.scrubber import scrub, scrubbed
from rederive.cli.console import ScrubbingConsole

PIPE_WIDTH = 140
LINE_INTERVAL_S = 5.0
LINE_INTERVAL_MAX_S = 320.0


def out() -> Console:
    """The console for results; wide enough for the widest table where it is no terminal."""
    console = ScrubbingConsole(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, PIPE_WIDTH)
    return console


def rows_out() -> Console:
    """The console for the user's own rows, unchanged."""
    return Console(highlight=False)


def err() -> Console:
    """The console for everything else."""
    return ScrubbingConsole(stderr=True, highlight=False)


def show_json(value: Any) -> None:
    """Print a result as JSON."""
    out().out(orjson.dumps(scrubbed(value), option=orjson.OPT_INDENT_2, default=str).decode())


def sentence(text: str) -> str:
    """The text, with a full stop if it lacks one."""
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def show_error(error: RederiveError) -> None:
    """One red line for each fault, with its fix and the place in the SQL, if any."""
    if isinstance(error, ConfigError):
        for problem in error.problems:
            show_error(problem)
        return
    line = Text(error.message.strip().replace("\n", " "), style="bold red")
    if error.fix:
        line.append(f" Fix: {sentence(error.fix)}", style="not bold default")
    err().print(line, soft_wrap=True)
    excerpt = getattr(error, "excerpt", "")
    if excerpt:
        err().print(Text(excerpt), soft_wrap=True)


class Bars:
    """Progress of several things at once, by name; `show` may be called as often as needed. `log`:
    gets lines instead of bars, unless stderr is a terminal and `is_live` is set."""

    def __init__(self, log: logging.Logger | None = None, *, is_live: bool = True) -> None:
        self._console, self._log = err(), log
        self.is_live = self._console.is_terminal and is_live
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[name]}"),
            BarColumn(bar_width=30),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._last_lines: dict[str, _LastLine] = {}

    def __enter__(self) -> Bars:
        if self.is_live:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.is_live:
            self._progress.stop()

    def show(self, name: str, phase: str, done: float = 0, total: float = 0) -> None:
        """`name` is in `phase`; `done` of `total` (0 where unknown) are done."""
        amount = f"{phase} {done:,.0f} of {total:,.0f}" if total else phase
        if done and not total:
            amount = f"{phase} {done:,.0f}"
        self._draw(name, phase, amount, done, total)

    def fraction(self, name: str, phase: str, part: float | None) -> None:
        """`name` is in `phase`; `part` (0 to 1) of it is done, None where unknown."""
        amount = phase if part is None else f"{phase} {part:.0%}"
        self._draw(name, phase, amount, part or 0, 0 if part is None else 1)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to another live display for a while."""
        if self.is_live:
            self._progress.stop()
        try:
            yield
        finally:
            if self.is_live:
                self._progress.start()

    def end(self, name: str) -> None:
        """Remove a bar."""
        task = self._tasks.pop(name, None)
        if task is not None:
            self._progress.remove_task(task)

    def say(self, line: str) -> None:
        """Print a line that stays."""
        (self._progress.console if self.is_live else self._console).print(line, soft_wrap=True)

    def _draw(self, name: str, phase: str, amount: str, done: float, total: float) -> None:
        phase, amount = scrub(phase), scrub(amount)
        if self.is_live:
            if name not in self._tasks:
                self._tasks[name] = self._progress.add_task("", name=name, total=None)
            self._progress.update(
                self._tasks[name],
                description=amount,
                completed=done,
                total=total or None,
            )
            return
        last = self._last_lines.get(name)
        if last is None or last.phase != phase:
            self._last_lines[name] = _LastLine(phase, time.monotonic(), LINE_INTERVAL_S)
        elif time.monotonic() - last.at > last.pause_s:
            pause_s = min(2 * last.pause_s, LINE_INTERVAL_MAX_S)
            self._last_lines[name] = _LastLine(phase, time.monotonic(), pause_s)
        else:
            return
        if self._log is not None:
            self._log.info("%s", amount)
        else:
            self._console.print(f"{name}: {amount}", soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _LastLine:
    """The last line about something: its phase, its time, and the pause until the next."""

    phase: str
    at: float
    pause_s: float
