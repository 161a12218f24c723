"""`/wait?view=NAME&lsn=LSN&timeout=SECONDS`: `rederive wait` over HTTP.

    200    readers see it; `lsn` is the position that was waited for
    400    no such view, no position, or no number of seconds
    503    they do not see it in time, or no process answers; `error` has the reason

Without `view` it waits for all views, without `lsn` for everything committed now.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress

from cdc.errors import ConfigError, ContractError, RederiveError
from cdc.position import Lsn
from materializers.project.project import Project, load_project
from rederive import waiting
from rederive.http.server import Reply

WAITS_MAX = 32
"""Half of the server's connections, so that other requests are always answered."""
TIMEOUT_S = 30.0
TIMEOUT_MAX_S = 300.0


class WaitRoute:
    """The endpoint of one project, whose view files may be edited meanwhile."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._free = threading.BoundedSemaphore(WAITS_MAX)

    def __call__(self, query: Mapping[str, str]) -> Reply:
        with suppress(ConfigError):  # half edited: keep the last one
            self._project = load_project(self._project.folder)
        project = self._project
        known = [each.name for each in project.views if project.sinks_of(each.name)]
        try:
            views = [query["view"]] if "view" in query else known
            if not set(views) <= set(known):
                return _misused(f"there is no view {views[0]!r} with a sink")
            lsn = Lsn.parse(query["lsn"]) if "lsn" in query else None
        except ContractError as error:
            return _misused(error.message)
        timeout_s = _seconds(query.get("timeout", str(TIMEOUT_S)))
        if timeout_s is None or not 0 <= timeout_s <= TIMEOUT_MAX_S:
            return _misused(f"timeout is no number of seconds from 0 to {TIMEOUT_MAX_S:g}")
        if not self._free.acquire(blocking=False):
            return Reply.of(503, {"error": f"{WAITS_MAX} others wait already"})
        try:
            return self._wait(views, lsn, timeout_s)
        finally:
            self._free.release()

    def _wait(self, views: list[str], lsn: Lsn | None, timeout_s: float) -> Reply:
        deadline = time.monotonic() + timeout_s
        try:
            for view in views:
                left_s = max(0.0, deadline - time.monotonic())
                lsn = waiting.wait(self._project, view, lsn=lsn, timeout_s=left_s)
        except RederiveError as error:
            return Reply.of(503, {"error": error.message, "fix": error.fix})
        return Reply.of(200, {"views": views, "lsn": str(lsn)})


def _seconds(text: str) -> float | None:
    """The number, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def _misused(error: str) -> Reply:
    return Reply.of(400, {"error": error})
