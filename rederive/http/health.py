"""What is asked of a process over HTTP.

    /live      200 while its loop moves, 503 where it has not for long: then start it anew
    /ready     200 where nothing is wrong with what it serves, 503 with the reasons
    /status    the record that `rederive status --json` prints
    /metrics   for Prometheus
    /wait      200 once readers see what was committed before a position

/live asks nobody, /wait what it must. The others go by the status, which is gathered once for all
who ask within a second or two; a server that hangs makes it older, never the answer late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from cdc.control import socket_path
from cdc.errors import RederiveError
from cdc.http_settings import Address
from materializers.project.project import Project
from rederive.http.latest import Found, Latest
from rederive.http.log_counts import LogCounts
from rederive.http.metrics import Metrics
from rederive.http.server import HealthServer, Reply, Route
from rederive.http.wait_route import WaitRoute
from rederive.status.ask_process import process_behind
from rederive.status.gather import gather_from

STATUS_AGE_MAX_S = 2.0
STATUS_WAIT_S = 8.0
STATUS_OLD_S = 30.0
"""What is older says nothing of now; nobody is called ready by it."""
METRICS_AGE_MAX_S = 5.0
METRICS_WAIT_S = 4.0
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PARTS = {
    "capture": ("source", "slot", "kafka", "capture", "project"),
    "materialize": ("kafka", "materialize", "view", "sink", "project"),
}
"""The first words of what a process serves, or cannot serve without."""


class Health:
    """Of one process; `silent_s`: for how long its loop has not moved."""

    def __init__(
        self, process: str, project: Project, silent_s: Callable[[], float], logged: LogCounts
    ) -> None:
        self._process, self._silent_s = process, silent_s
        self._silent_max_s = project.http.loop_silent_max_s
        self._latest = Latest(lambda: gather_from(project.folder))
        self._whole = Latest(lambda: gather_from(project.folder, with_storage=True))
        self._wait = WaitRoute(project)
        self._metrics = Metrics(process, self._for_metrics, silent_s, logged)

    def routes(self) -> dict[str, Route]:
        """By path."""
        return {
            "/live": self.live, "/ready": self.ready, "/status": self.status,
            "/metrics": self.metrics, "/wait": self._wait,
        }  # fmt: skip

    def live(self, query: Mapping[str, str]) -> Reply:
        silent_s = self._silent_s()
        is_live = silent_s <= self._silent_max_s
        told = {"live": is_live, "loop_silent_s": round(silent_s, 1)}
        return Reply.of(200 if is_live else 503, told)

    def ready(self, query: Mapping[str, str]) -> Reply:
        found = self._latest.get(STATUS_AGE_MAX_S, STATUS_WAIT_S, STATUS_OLD_S)
        if found is None:
            return _not_gathered(self._latest)
        parts = _PARTS[self._process]
        reasons = [p.as_json() for p in found.status.problems if p.part.split()[0] in parts]
        told = {"ready": not reasons, "age_s": round(found.age_s, 1), "reasons": reasons}
        return Reply.of(503 if reasons else 200, told)

    def status(self, query: Mapping[str, str]) -> Reply:
        found = self._whole.get(STATUS_AGE_MAX_S, STATUS_WAIT_S, STATUS_OLD_S)
        if found is None:
            return _not_gathered(self._whole)
        return Reply.of(200, found.status.as_json())

    def metrics(self, query: Mapping[str, str]) -> Reply:
        return Reply(200, self._metrics.text(), METRICS_TYPE)

    def _for_metrics(self) -> Found | None:
        return self._latest.get(METRICS_AGE_MAX_S, METRICS_WAIT_S)


def _not_gathered(latest: Latest) -> Reply:
    return Reply.of(503, {"error": latest.error or "the status is being gathered"})


def _served(process: str, project: Project, address: Address, what: Health) -> HealthServer:
    """Raises RederiveError where the address is taken: by this project's own process, if so."""
    try:
        return HealthServer(address, what.routes())
    except RederiveError as error:
        state = project.pipeline.state
        if pid := process_behind(socket_path(state, process)):
            raise RederiveError(
                f"`rederive {process}` (process {pid}) works on {state} already, and has {address}"
                " for its health.",
                fix="stop it, or give this project another state folder and address",
            ) from error
        raise


@contextmanager
def health(
    process: str,
    project: Project,
    address: Address | None,
    silent_s: Callable[[], float],
    logged: LogCounts,
) -> Iterator[None]:
    """Serve it on the address while the process works; nothing where there is none. Raises
    RederiveError where the address is taken."""
    if address is None:
        yield
        return
    server = _served(process, project, address, Health(process, project, silent_s, logged))
    try:
        yield
    finally:
        server.close()
