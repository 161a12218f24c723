"""The running process's answers over the control socket: status, explain, rebuild, wait."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import asdict
from typing import Any, Protocol

from cdc.contract.cut import Cut
from materializers.builds.rebuild import RebuildProgress, Rebuilt
from materializers.delivery.dead_letters import orders
from materializers.delivery.dead_letters.dead_letters import DeadLetters
from materializers.delivery.delivery import Delivery
from materializers.difference import Allowance
from materializers.errors import StateError
from materializers.project.project import Project
from materializers.view import ViewDefinition

POLL_S = 0.01
RETRY_TIMEOUT_S = 60.0
HEARTBEAT_S = 1.0


class Asked(Protocol):
    """The running pipeline, as far as the answers need it; tests have another one."""

    @property
    def project(self) -> Project: ...
    @property
    def deliveries(self) -> Mapping[str, Delivery]: ...
    @property
    def dead_letters(self) -> DeadLetters: ...
    def newest(self) -> Cut | None: ...
    def failure_of(self, view: str) -> str: ...
    def known_view(self, name: str) -> ViewDefinition: ...
    def explain(self, view: str) -> dict[str, Any]: ...
    def status(self) -> dict[str, Any]: ...
    def storage(self) -> dict[str, Any]: ...
    def rebuild(
        self,
        definition: ViewDefinition,
        on_progress: Callable[[RebuildProgress], None],
        *,
        allowance: Allowance,
    ) -> Rebuilt: ...


class Answers:
    """Answers requests; called from the control server's threads."""

    def __init__(self, pipeline: Asked) -> None:
        self._pipeline = pipeline

    def answer(self, request: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """The answers to one request. Raises RederiveError."""
        command = request["command"]
        if command == "status":
            return [self._pipeline.status()]
        if command == "storage":
            return [self._pipeline.storage()]
        if command == "explain":
            return [self._pipeline.explain(request["view"])]
        if command == "rebuild":
            allowance = Allowance.parse(request.get("allow_difference", "0"))
            return self._rebuild(self._pipeline.known_view(request["view"]), allowance)
        if command == "newest":
            newest = self._pipeline.newest()
            return [{"lsn": str(newest.lsn) if newest else None}]
        if command == "wait":
            return self._wait(request["view"], request["lsn"], float(request["timeout_s"]))
        if command == "retry_dead_letters":
            names = [name.encode() for name in request["names"]]
            return [orders.retry(self._pipeline.deliveries, names, RETRY_TIMEOUT_S)]
        if command == "drop_dead_letters":
            names = [name.encode() for name in request["names"]]
            return [orders.drop(self._pipeline.dead_letters, names)]
        raise StateError(f"Unknown command {command!r}.", fix="use the same version on both sides")

    def _rebuild(
        self, definition: ViewDefinition, allowance: Allowance
    ) -> Iterator[Mapping[str, Any]]:
        answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        result: Future[Rebuilt] = Future()

        def work() -> None:
            try:
                rebuilt = self._pipeline.rebuild(
                    definition, lambda p: answers.put(asdict(p)), allowance=allowance
                )
                result.set_result(rebuilt)
            except Exception as error:  # raised in the client's thread below
                result.set_exception(error)
            answers.put(None)

        threading.Thread(target=work, name="rebuild", daemon=True).start()
        while (answer := answers.get()) is not None:
            yield answer
        yield {"view": definition.name, "phase": "done", **result.result().as_json()}

    def _wait(self, view: str, position: str, timeout_s: float) -> Iterator[Mapping[str, Any]]:
        """Read your writes: yields `is_visible` once readers of every sink of the view see that
        position of the source or a later one; after the time-out, the sinks that are `behind`.
        Yields something each second; if the view has stopped, the first answer is the last one, and
        its `failure` says why."""
        deadline = time.monotonic() + timeout_s
        told_at = time.monotonic()
        while behind := self._behind(view, position):
            now = time.monotonic()
            if now > deadline or now > told_at + HEARTBEAT_S:
                told_at, failure = now, self._pipeline.failure_of(view)
                yield {"is_visible": False, "behind": behind, "failure": failure}
                if failure or now > deadline:
                    return
            time.sleep(POLL_S)
        yield {"is_visible": True, "behind": []}

    def _behind(self, view: str, position: str) -> list[str]:
        """The view's sinks whose readers do not see that position of the source's present log yet.
        A cut of a former log is before all of it."""
        name = self._pipeline.known_view(view).name
        newest = self._pipeline.newest()
        version = newest.version_at(position) if newest is not None else None
        deliveries = self._pipeline.deliveries
        return [
            sink.name
            for sink in self._pipeline.project.sinks_of(name)
            if version is None
            or sink.name not in deliveries
            or deliveries[sink.name].status.visible < version
        ]
