"""All deliveries of a pipeline: one for each sink, the fillings beside them, and the trimming of
the outbox."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from materializers.delivery.delivery import Delivery, Phase
from materializers.delivery.filling import Filling, OpenDesk
from materializers.difference import Difference
from materializers.engines.engine import Engine
from materializers.engines.label import is_next
from materializers.errors import NotOwner, RebuildError
from materializers.sinks.sink import Sink
from materializers.view import SinkDefinition, ViewSchema

BOUND_INTERVAL_S = 10.0
STOP_TIMEOUT_S = 30.0
POLL_S = 0.02

log = logging.getLogger("rederive.materialize")

OpenSink = Callable[[SinkDefinition, ViewSchema], Sink]


class Deliveries:
    """`by_sink`: the running deliveries. `open_sink` makes a sink's client in the thread that uses
    it. `on_lost` is called in such a thread where another pipeline owns the sink. `desk_of`: where
    a sink's refused rows go. `outbox_rows_max`: the most changes of a view that are stored for
    sinks that are away."""

    def __init__(
        self,
        engine: Engine,
        open_sink: OpenSink,
        desk_of: OpenDesk,
        on_lost: Callable[[NotOwner], None],
        outbox_rows_max: int,
    ) -> None:
        self.by_sink: dict[str, Delivery] = {}
        self._engine, self._open_sink, self._desk_of = engine, open_sink, desk_of
        self._on_lost, self._outbox_rows_max = on_lost, outbox_rows_max
        self._fillings: dict[str, Filling] = {}
        self._bound_due = 0.0

    def delivery(self, definition: SinkDefinition, before: Delivery | None = None) -> Delivery:
        """A delivery to that sink, not yet started."""
        open_sink, desk = partial(self._open_sink, definition), self._desk_of(definition)
        delivery = Delivery(self._engine, definition, open_sink, desk, before)
        delivery.on_lost = self._on_lost
        return delivery

    def renew(self, sinks: Iterable[SinkDefinition]) -> None:
        """Restart the deliveries to sinks whose options have changed; start those of new sinks."""
        for definition in sinks:
            present = self.by_sink.get(definition.name)
            if present is not None and present.definition.terms == definition.terms:
                continue
            if present is not None:
                present.stop()
            self.by_sink[definition.name] = self.delivery(definition, present)
            self.by_sink[definition.name].start()

    def keep(self, sinks: Iterable[SinkDefinition]) -> None:
        """Stop the deliveries to other sinks than these."""
        for name in self.by_sink.keys() - {sink.name for sink in sinks}:
            log.info("sink %s is no longer in the project: its rows stay as they are", name)
            self.by_sink.pop(name).stop()

    def stop(self) -> None:
        """Stop all deliveries after their present step."""
        for delivery in self.by_sink.values():
            delivery.stop()
        for delivery in self.by_sink.values():
            if delivery.is_alive():
                delivery.join(STOP_TIMEOUT_S)

    def tell(self) -> None:
        """Announce a new cut: deliver it, and trim what every sink has."""
        newest = self._engine.cut.version if self._engine.cut is not None else -1
        slowest = {view: newest for view in self._engine.views if not is_next(view)}
        for delivery in self.by_sink.values():
            view, version = delivery.definition.view, delivery.status.version
            slowest[view] = min(slowest.get(view, newest), version)
            delivery.notify()
        for view, filling in list(self._fillings.items()):
            slowest[view] = min(slowest.get(view, newest), filling.version)
        for view, version in slowest.items():
            if version >= 0:
                self._engine.trim(view, version)
        if time.monotonic() >= self._bound_due:
            self._bound_due = time.monotonic() + BOUND_INTERVAL_S
            self._bound_outboxes(slowest, newest)

    def _bound_outboxes(self, slowest: Mapping[str, int], newest: int) -> None:
        """Trim the outbox of a view beyond `outbox_rows_max`, lest a sink that is away fill the
        disk: it is filled again later. Keeps what other sinks and fillings still need."""
        for view, version in slowest.items():
            if version >= newest or self._engine.changes_waiting(view) <= self._outbox_rows_max:
                continue
            mine = [d.status for d in self.by_sink.values() if d.definition.view == view]
            if any(each.phase is Phase.LOADING for each in mine) or view in self._fillings:
                continue
            needed = min((s.version for s in mine if s.phase is Phase.FOLLOWING), default=newest)
            until = needed if needed > version else newest
            log.warning(
                "view %s: a sink is more than %d changes behind; it will be filled again",
                view, self._outbox_rows_max,
            )  # fmt: skip
            self._engine.trim(view, until)

    def filling(self, engine: Engine, view: str) -> Filling:
        """A filling of sinks from a view of that engine. The outbox keeps what it has not sent."""

        def ended() -> None:
            if engine is self._engine:
                self._fillings.pop(view, None)

        filling = Filling(engine, view, self._open_sink, self._desk_of, self.by_sink, ended)
        if engine is self._engine:
            self._fillings[view] = filling
        return filling

    def versions(self, view: str) -> list[int]:
        """How far each sink of the view is, and each that is being filled; -1 where that is not
        known yet."""
        deliveries, filling = list(self.by_sink.values()), self._fillings.get(view)
        filled = [filling.version] if filling is not None else []
        return [d.status.version for d in deliveries if d.definition.view == view] + filled

    def compare(self, view: str) -> dict[str, Difference | str]:
        """For each sink of the view, how its rows differ from the view's, or why that is not known.
        Rows that ended by their `ttl` do not count as missing."""
        return {
            name: delivery.compare()
            for name, delivery in list(self.by_sink.items())
            if delivery.definition.view == view
        }

    def await_switch(self, view: str, stopping: threading.Event) -> None:
        """Wait until the view's sinks show its present build. Raises RebuildError where one does
        not in time."""
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for delivery in [d for d in self.by_sink.values() if d.definition.view == view]:
            while delivery.build != self._engine.view(view).generation:
                if time.monotonic() > deadline or stopping.is_set():
                    why = delivery.status.error or delivery.status.phase.value
                    why = why.partition(" Fix: ")[0].rstrip(".")
                    raise RebuildError(
                        f"Sink {delivery.definition.name} has not switched yet: {why}.",
                        fix="it will switch by itself when the sink answers",
                    )
                delivery.notify()
                time.sleep(POLL_S)
