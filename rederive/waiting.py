"""Read your own writes: waits until readers of a view see what was committed.

    import rederive

    connection.commit()
    rederive.wait("path/to/project", "order_search", timeout_s=5)
    # every reader of every sink of order_search sees the commit

The command `rederive wait` and the HTTP endpoint call the same function.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cdc.control import Control
from cdc.errors import RederiveError, SourceError
from cdc.position import Lsn
from cdc.retry import is_passing
from materializers.project.project import Project, load_project
from rederive.source_now import current_position
from rederive.status.asking import Asked
from rederive.status.record import Level

PROCESS = "materialize"
POLL_S = 0.05
SILENCE_MAX_S = 3.0
"""Materialize answers each second; an answer is valid for this long."""
WHY_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Behind:
    """The sinks whose readers do not see a position yet; `failure`: why they will not."""

    sinks: tuple[str, ...]
    failure: str = ""


class NotVisible(RederiveError):
    """Readers do not see the position in time, or no process answers. `behind`: the sinks."""

    def __init__(self, message: str, *, fix: str, behind: tuple[str, ...]) -> None:
        super().__init__(message, fix=fix)
        self.behind = behind


def wait(
    project: Project | Path | str,
    view: str,
    *,
    lsn: Lsn | str | None = None,
    timeout_s: float = 30.0,
) -> Lsn:
    """Return once readers of every sink of the view see everything committed before `lsn`, by
    default everything committed at the call. Returns that position.

    Waits through a first load, a rebuild, a start of either process and a server that is away, up
    to `timeout_s` in all. Then raises NotVisible with the reason; within some seconds where the
    view has stopped. Raises SourceError where the source was restored or replaced; RederiveError
    where there is no such view, or it has no sink; ContractError where `lsn` is no position."""
    deadline = time.monotonic() + timeout_s
    project = project if isinstance(project, Project) else load_project(Path(project))
    _require_readers(project, view)
    position = position_of(project, lsn, deadline)
    await_readers(project, view, position, timeout_s=timeout_s, deadline=deadline)
    return position


def await_readers(
    project: Project,
    view: str,
    position: Lsn,
    *,
    timeout_s: float,
    deadline: float,
    require: Callable[[], None] = lambda: None,
) -> None:
    """Return once readers of the view's sinks see that position. `deadline`: the end of
    `timeout_s`, by `time.monotonic`. `require` is called meanwhile; what it raises ends the
    wait."""
    behind, told_at = None, time.monotonic()
    for newest in _looks(project, view, position, deadline):
        if newest is not None and not newest.sinks:
            return
        if newest is not None and newest.failure:
            raise _stopped(view, position, newest)
        if newest is not None or time.monotonic() > told_at + SILENCE_MAX_S:
            behind, told_at = newest, time.monotonic()
        require()
    raise _not_visible(project, view, position, behind, timeout_s)


def _require_readers(project: Project, view: str) -> None:
    name = project.view(view).name
    if not project.sinks_of(name):
        readers = ", ".join(project.readers_of(name))
        fix = f"name a view that reads it: {readers}" if readers else "give it a sink"
        raise RederiveError(f"View {view} has no sink: nobody can read it.", fix=fix)


def position_of(project: Project, lsn: Lsn | str | None, deadline: float) -> Lsn:
    """The position to wait for. Makes capture pass it at once."""
    if lsn is not None:
        Asked(partial(current_position, project.source))
        return lsn if isinstance(lsn, Lsn) else Lsn.parse(lsn)
    while True:
        newest = _newest(project)
        try:
            position = current_position(project.source)
        except SourceError as error:
            if not is_passing(error) or time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)
            continue
        if newest is not None and position < newest:
            # Read after the newest cut, so it is not before it unless the log is another one.
            raise SourceError(
                f"The log of source {project.source.name} ends at {position}, before the newest "
                f"cut {newest}: it was restored from a backup, or is another server.",
                fix="start `rederive capture`: it says what to do",
            )
        return position


def _newest(project: Project) -> Lsn | None:
    """The newest cut that materialize knows; None where it does not answer."""
    try:
        control = Control.connect(project.pipeline.state, PROCESS)
        answers = [] if control is None else [*control.stream("newest", silence_max_s=POLL_S)]
    except (OSError, RederiveError):
        return None
    return Lsn.parse(answers[-1]["lsn"]) if answers and answers[-1]["lsn"] else None


def _looks(project: Project, view: str, position: Lsn, deadline: float) -> Iterator[Behind | None]:
    """The sinks that are behind, asked for repeatedly until the deadline; None where no process
    answers."""
    while True:
        remaining = max(0.0, deadline - time.monotonic())
        try:
            control = Control.connect(project.pipeline.state, PROCESS)
            if control is not None:
                asked = {"view": view, "lsn": str(position), "timeout_s": remaining}
                silence_max_s = min(SILENCE_MAX_S, remaining + POLL_S)
                for answer in control.stream("wait", silence_max_s=silence_max_s, **asked):
                    yield Behind(tuple(answer["behind"]), answer.get("failure", ""))
            else:
                yield None
        except (OSError, RederiveError):
            yield None  # it is starting, ending or hanging: ask again
        if time.monotonic() >= deadline:
            return
        time.sleep(POLL_S)


def _stopped(view: str, position: Lsn, behind: Behind) -> NotVisible:
    readers = f"readers of {', '.join(behind.sinks)}"
    return NotVisible(
        f"View {view} has stopped, so {readers} will not see {position}: {behind.failure}",
        fix="correct the view or the row; then `rederive rebuild` it",
        behind=behind.sinks,
    )


def _not_visible(
    project: Project, view: str, position: Lsn, behind: Behind | None, timeout_s: float
) -> NotVisible:
    from rederive.status.gather import gather  # rarely needed

    sinks = behind.sinks if behind else tuple(sink.name for sink in project.sinks_of(view))
    readers = f"readers of {', '.join(sinks)}"
    if behind is None:
        what = f"View {view}: nobody says whether {readers} see {position}"
    else:
        what = f"View {view}: {readers} do not see {position} yet"
    message, fix = f"{what}, after {timeout_s:g} s.", "wait for longer: `--timeout`"
    others = {f"sink {sink.name}" for sink in project.sink_definitions if sink.name not in sinks}
    status = gather(project, timeout_s=WHY_TIMEOUT_S)
    for problem in status.problems:
        if problem.part not in others and problem.level > Level.WELL:
            message = f"{message} {problem.part}: {problem.message.rstrip('.')}."
            fix = problem.fix or fix
            break
    return NotVisible(message, fix=fix, behind=sinks)
