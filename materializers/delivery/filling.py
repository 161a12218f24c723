"""Filling: writes new generations into a view's sinks beside the live ones, until the switch.

The deliveries of the live view go on meanwhile, with other clients. A sink that does not answer is
left out: its delivery fills it once the build is live.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from materializers.delivery.dead_letters.set_aside import Desk
from materializers.delivery.delivery import Delivery, Phase, counted
from materializers.delivery.stamp import Stamp
from materializers.engines.view_reader import ViewReader
from materializers.errors import OtherBuild, RebuildError, SinkError
from materializers.sinks.sink import Sink
from materializers.step import Step
from materializers.view import SinkDefinition, ViewSchema

log = logging.getLogger("rederive.materialize")

OpenSink = Callable[[SinkDefinition, ViewSchema], Sink]
OpenDesk = Callable[[SinkDefinition], Desk]
LIVE_TIMEOUT_S = 10.0
LIVE_POLL_S = 0.02


@dataclass(slots=True)
class _Target:
    """A sink being filled: the new generation's number, and the version it has reached."""

    definition: SinkDefinition
    sink: Sink
    number: int
    stamp: Stamp
    desk: Desk
    schema: ViewSchema
    version: int = -1

    def write(self, step: Step) -> None:
        step = self.stamp.on(step)
        self.sink.write(self.number, self.desk.on(step, self.number, self.schema))
        self.version = step.version


class Filling:
    """New generations of one build, `view` of `engine`. `deliveries`: those to the live
    generations, by sink. `ended` is called by `close`, which is safe at any point. Used by one
    thread at a time."""

    def __init__(
        self,
        engine: ViewReader,
        view: str,
        open_sink: OpenSink,
        desk_of: OpenDesk,
        deliveries: Mapping[str, Delivery],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine, self._view = engine, view
        self._open_sink, self._desk_of, self._deliveries = open_sink, desk_of, deliveries
        self._ended = ended
        self._targets: list[_Target] = []

    def load(
        self, sinks: Iterable[SinkDefinition], on_rows: Callable[[int], None] = lambda rows: None
    ) -> None:
        """Fill a new generation of each sink with the whole view. `on_rows` is called with numbers
        of rows sent; what it raises ends the load."""
        build = self._engine.view(self._view)
        for definition in sinks:
            try:
                self._load(definition, build.schema, build.generation, on_rows)
            except OtherBuild as error:
                raise self._replanned() from error
            except SinkError as error:
                if not error.is_retryable:
                    raise
                self._leave_out(definition, error)

    def _load(
        self,
        definition: SinkDefinition,
        schema: ViewSchema,
        build: int,
        on_rows: Callable[[int], None],
    ) -> None:
        sink = self._open_sink(definition, schema)
        try:
            stamp = Stamp.of(build, definition, sink)
        except BaseException:
            sink.close()
            raise
        target = _Target(definition, sink, -1, stamp, self._desk_of(definition), schema)
        self._targets.append(target)
        target.number = max([0, *sink.generations(), *self._reserved(definition)]) + 1
        self._reserved(definition).add(target.number)
        target.desk.forget(target.number)
        sink.create(target.number)
        step = self._engine.full(self._view, stamp.build)
        target.write(replace(step, upserts=counted(step.upserts, on_rows)))
        self._await_live(target)

    def _await_live(self, target: _Target) -> None:
        """With a `ttl`, wait until the live generation is at the same cut. Then a row it lacks has
        ended there and is not merely newer. Does not wait for a sink that is away."""
        if "ttl" not in target.definition.options:
            return
        delivery = self._deliveries.get(target.definition.name)
        deadline = time.monotonic() + LIVE_TIMEOUT_S
        while (
            delivery is not None
            and delivery.status.phase is Phase.FOLLOWING
            and delivery.status.version < target.version
            and time.monotonic() < deadline
        ):
            delivery.notify()
            time.sleep(LIVE_POLL_S)

    def _reserved(self, definition: SinkDefinition) -> set[int]:
        delivery = self._deliveries.get(definition.name)
        return delivery.reserved if delivery is not None else set()

    def _leave_out(self, definition: SinkDefinition, error: SinkError) -> None:
        log.warning(
            "sink %s: %s It stands still from the switch until it answers and is filled.",
            definition.name, error.logged,
            extra={"view": definition.view, "sink": definition.name},
        )  # fmt: skip
        for target in [each for each in self._targets if each.definition is definition]:
            self._end(target)

    def deliver(self) -> bool:
        """Send newer changes. False: there are none. Raises RebuildError where the build was
        planned again meanwhile."""
        is_news = False
        for target in list(self._targets):
            try:
                step = self._engine.step(self._view, target.version, target.stamp.build)
                if step is not None and step.version > target.version:
                    target.write(step)
                    is_news = True
            except OtherBuild as error:
                raise self._replanned() from error
            except SinkError as error:
                self._leave_out(target.definition, error)
        return is_news

    def rehearse(self) -> None:
        """Raise SinkError where a sink would refuse to switch: after the switch there is no other
        build to deliver."""
        for target in self._targets:
            try:
                target.sink.rehearse(target.number)
            except SinkError as error:
                if not error.is_retryable:
                    raise

    def _replanned(self) -> RebuildError:
        return RebuildError(
            f"View {self._view}: a table of the source changed while its new build was made.",
            fix="run the rebuild again; the live view is untouched",
        )

    @property
    def version(self) -> int:
        """The version that every sink has reached, -1 without one."""
        return min((target.version for target in self._targets), default=-1)

    def discard(self) -> None:
        """Drop the new generations in sinks that answer; deliveries drop the others later."""
        for target in self._targets:
            with suppress(SinkError):
                target.sink.drop(target.number)

    def close(self) -> None:
        """Close the sinks. Deliveries drop generations that were not switched to."""
        for target in list(self._targets):
            self._end(target)
        self._ended()

    def _end(self, target: _Target) -> None:
        target.sink.close()
        target.desk.close()
        self._reserved(target.definition).discard(target.number)
        self._targets.remove(target)
