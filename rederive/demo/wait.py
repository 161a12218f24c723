"""Waits until a commit has reached every sink."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from cdc.control import Control
from cdc.errors import RederiveError
from cdc.position import Lsn
from materializers.project.project import Project
from rederive.cli.screen import Bars

POLL_S = 0.05
TIMEOUT_S = 600.0


def wait_for_sinks(
    project: Project, position: Lsn, bars: Bars, pause: Callable[[float], None]
) -> dict[str, float]:
    """Wait until every sink has reached the position; returns the seconds it took, by sink.

    `pause` sleeps for so many seconds, and raises where waiting is useless. Raises RederiveError
    where a view or a sink has failed, or takes longer than TIMEOUT_S.
    """
    began = time.monotonic()
    reached: dict[str, float] = {}
    while len(reached) < len(project.sink_definitions):
        if time.monotonic() - began > TIMEOUT_S:
            late = [d.name for d in project.sink_definitions if d.name not in reached]
            message = f"{', '.join(late)} did not reach {position} in {TIMEOUT_S:.0f} s."
            raise RederiveError(message, fix="look at `rederive status` and the logs")
        pause(POLL_S)
        control = Control.connect(project.pipeline.state, "materialize")
        if control is not None:
            status = control.request("status")
            if status["cut"] is None:
                bars.show("views", "read, rows", status["rows_read"], status["rows_to_read"])
            for view in status["views"]:
                _note(view, bars)
                if view["version"] >= position:
                    reached.setdefault(view["sink"], time.monotonic() - began)
    for sink in ("views", *reached):
        bars.end(sink)
    return reached


def _note(view: Mapping[str, Any], bars: Bars) -> None:
    if view["error"]:
        message = f"{view['view']} in {view['sink']}: {view['error']}"
        raise RederiveError(message, fix="look at `rederive status` and the logs")
    if view["phase"] == "loading":
        bars.show(view["sink"], "loads, rows", view["rows_loaded"], view["rows"])
    else:
        bars.show(view["sink"], view["phase"])
