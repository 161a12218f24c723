"""The HTTP endpoints of a process.

    /live      200 while its loop makes progress, else 503: then restart it
    /ready     200 where nothing is wrong with what it serves, 503 with the reasons
    /status    the record that `rederive status --json` prints
    /metrics   for Prometheus
    /wait      200 once readers see what was committed before a position

/live asks nobody. The others use the status, gathered once for all who ask within a second or two;
a server that hangs makes the status older, but never delays the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from cdc.control import socket_path
from cdc.errors import RederiveError
from cdc.http_settings import Address
from materializers.project.project import Project
from rederive.http.latest import Gathered, Latest
from rederive.http.log_counts import LogCounts
from rederive.http.metrics import Metrics
from rederive.http.server import HealthServer, Reply, Route
from rederive.http.wait_route import WaitRoute
from rederive.status.ask_process import process_behind
from rederive.status.gather import gather_from

STATUS_AGE_MAX_S = 2.0
STATUS_WAIT_S = 8.0
STATUS_OLD_S = 30.0
"""An older status says nothing about now: it never makes a process ready."""
METRICS_AGE_MAX_S = 5.0
METRICS_WAIT_S = 4.0
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PARTS = {
    "capture": ("source", "slot", "kafka", "capture", "project"),
    "materialize": ("kafka", "materialize", "view", "sink", "project"),
}
"""The parts (first word) that a process serves, or needs to serve."""


class Health:
    """The endpoints of one process. `silent_s`: seconds since its loop made progress."""

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
        """The endpoints by path."""
        return {
            "/live": self.live, "/ready": self.ready, "/status": self.status,
            "/metrics": self.metrics, "/wait": self._wait,
        }  # fmt: skip

    def live(self, query: Mapping[str, str]) -> Reply:
        silent_s = self._silent_s()
        is_live = silent_s <= self._silent_max_s
        answer = {"live": is_live, "loop_silent_s": round(silent_s, 1)}
        return Reply.of(200 if is_live else 503, answer)

    def ready(self, query: Mapping[str, str]) -> Reply:
        latest = self._latest.get(STATUS_AGE_MAX_S, STATUS_WAIT_S, STATUS_OLD_S)
        if latest is None:
            return _not_gathered(self._latest)
        parts = _PARTS[self._process]
        reasons = [p.as_json() for p in latest.status.problems if p.part.split()[0] in parts]
        answer = {"ready": not reasons, "age_s": round(latest.age_s, 1), "reasons": reasons}
        return Reply.of(503 if reasons else 200, answer)

    def status(self, query: Mapping[str, str]) -> Reply:
        latest = self._whole.get(STATUS_AGE_MAX_S, STATUS_WAIT_S, STATUS_OLD_S)
        if latest is None:
            return _not_gathered(self._whole)
        return Reply.of(200, latest.status.as_json())

    def metrics(self, query: Mapping[str, str]) -> Reply:
        return Reply(200, self._metrics.text(), METRICS_TYPE)

    def _for_metrics(self) -> Gathered | None:
        return self._latest.get(METRICS_AGE_MAX_S, METRICS_WAIT_S)


def _not_gathered(latest: Latest) -> Reply:
    return Reply.of(503, {"error": latest.error or "the status is being gathered"})


def _served(process: str, project: Project, address: Address, what: Health) -> HealthServer:
    """Raises RederiveError where the address is taken, naming this project's process if it has
    it."""
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
    """Serve the endpoints during the block; without an address, nothing. Raises RederiveError where
    the address is taken."""
    if address is None:
        yield
        return
    server = _served(process, project, address, Health(process, project, silent_s, logged))
    try:
        yield
    finally:
        server.close()
