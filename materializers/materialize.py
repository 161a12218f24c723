"""The materialize process: wires reader, engine, deliveries and control together, and one loop.

The loop reads a batch up to a cut, applies it in one transaction of the state, and tells the
deliveries. What other threads ask of the engine's writer (the last step of a rebuild) is queued
and done between two batches.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from cdc.contract.cut import Cut
from materializers.answers import Answers
from materializers.control import ControlServer
from materializers.deliver import Delivery
from materializers.engine import Engine
from materializers.errors import MissingTopic, RebuildError, StateError, ViewError
from materializers.project import Project
from materializers.reader import Reader
from materializers.rebuild import Rebuild, RebuildProgress
from materializers.sinks.registry import open_sink
from materializers.sinks.sink import Sink
from materializers.status import status
from materializers.tail import read_schemas
from materializers.view import SinkDefinition, ViewDefinition, ViewSchema

READ_TIMEOUT_S = 0.25
# A small batch costs nearly what a larger one does. Begun this far apart, batches leave the
# processor to the servers beside them, and every sink shows a change sooner than without it.
BATCH_INTERVAL_S = 0.08
OUTBOX_ROWS_MAX = 2_000_000
BOUND_INTERVAL_S = 10.0
STOP_TIMEOUT_S = 30.0
POLL_S = 0.02
CAPTURE_POLL_S = 0.5

log = logging.getLogger("rederive.materialize")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the pipeline stands: `phase` is `load` until the first cut, then `follow`; rows read
    so far, and out of how many while loading; the cut applied last."""

    phase: str
    rows: int
    rows_total: int
    cut: Cut | None


OnProgress = Callable[[Progress], None]


class Materialize:
    """A pipeline at work. `run` blocks until `stop` is set and leaves state and sinks at a cut."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._requests: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = (
            queue.SimpleQueue()
        )
        self._stopping = threading.Event()
        self._rebuilds = threading.Lock()
        self._rows = 0
        self._batch_began = -BATCH_INTERVAL_S
        self._bound_due = 0.0
        project.pipeline.state.mkdir(parents=True, exist_ok=True)
        pipeline = project.pipeline
        self._engine = Engine.open(
            pipeline.state / "pipeline.duckdb",
            memory_limit=pipeline.memory_limit,
            threads=pipeline.threads,
        )
        self._changed: list[ViewDefinition] = []
        self._deliveries: dict[str, Delivery] = {}
        self._reader: Reader | None = None

    # ------------------------------------------------------------------ life

    def run(
        self,
        stop: threading.Event,
        on_progress: OnProgress | None = None,
        on_open: Callable[[], None] = lambda: None,
    ) -> None:
        """Follow the source until told to stop; `on_open` is called once it answers requests."""
        self._stopping = stop
        server: ControlServer | None = None
        try:
            if not self._await_capture():
                return
            self.open()
            server = ControlServer(self._project.pipeline.state, Answers(self).answer)
            self._rebuild_changed()
            on_open()
            while not stop.is_set():
                self._turn(on_progress)
        finally:
            stop.set()
            if server is not None:
                server.close()
            self.close()

    def _await_capture(self) -> bool:
        """Wait until a first capture has published its tables, False where told to stop: the two
        processes may be started in any order."""
        is_told = False
        while self._engine.cut is None and not self._is_captured():
            if not is_told:
                name = self._project.source.name
                log.warning("waiting for `rederive capture` to publish the tables of %s", name)
                is_told = True
            if self._stopping.wait(CAPTURE_POLL_S):
                return False
        return True

    def _is_captured(self) -> bool:
        try:
            return bool(read_schemas(self._project.kafka, self._project.source.name))
        except MissingTopic:
            return False

    def open(self) -> None:
        """Plan the views, begin reading, and start a delivery for each sink."""
        self.declare()
        self._begin_reading()
        for definition in self._project.sink_definitions:
            self._deliveries[definition.name] = self.delivery(definition)
            self._deliveries[definition.name].start()

    def close(self) -> None:
        """End deliveries after their present step, then close the reader and the state."""
        for delivery in self._deliveries.values():
            delivery.stop()
        for delivery in self._deliveries.values():
            if delivery.is_alive():
                delivery.join(STOP_TIMEOUT_S)
        self._refuse_requests()
        if self._reader is not None:
            self._reader.close()
        self._engine.close()

    def declare(self) -> None:
        """Plan new views, forget those the project no longer has; one whose SQL changed goes on
        as it was until it is rebuilt."""
        schemas = read_schemas(self._project.kafka, self._project.source.name)
        for name in self._engine.views.keys() - {v.name for v in self._project.kept_views}:
            log.info("view %s is no longer in the project: its state is removed", name)
            self._engine.forget(name)
        build = time.time_ns() // 1000
        is_new_state = self._engine.cut is None
        for definition in self._project.kept_views:
            kept = self._engine.views.get(definition.name)
            if kept is not None and kept.is_of(definition):
                continue
            if is_new_state:
                key = self._project.key_of(definition.name)
                self._engine.declare(definition, schemas, key=key, generation=build)
            else:
                self._changed.append(definition)

    def _begin_reading(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = Reader(
            self._project.kafka,
            self._project.source.name,
            self._engine.tables_needed(),
            batch_rows_max=self._project.pipeline.batch_rows_max,
        )
        self._reader.start(self._engine.offsets, self._engine.cut)

    def delivery(self, definition: SinkDefinition) -> Delivery:
        """A delivery to that sink, not started."""
        return Delivery(self._engine, definition, partial(self._open_sink, definition))

    def schema_of(self, view: str) -> ViewSchema | None:
        """The columns and key of a view that the state keeps, else None."""
        kept = self._engine.views.get(view)
        return kept.schema if kept is not None else None

    def _open_sink(self, definition: SinkDefinition, schema: ViewSchema) -> Sink:
        connection = self._project.sinks[definition.connection]
        return open_sink(definition, connection, schema)

    # ------------------------------------------------------------------ the loop

    def _turn(self, on_progress: OnProgress | None) -> None:
        assert self._reader is not None
        self._do_requests()
        self._stopping.wait(max(0.0, self._batch_began + BATCH_INTERVAL_S - time.monotonic()))
        batch = self._reader.read(READ_TIMEOUT_S, after=self._engine.cut)
        if batch is not None:
            self._batch_began = time.monotonic()
            self._engine.apply(batch)
            self._rows += batch.rows
            self._tell_deliveries()
        if on_progress is not None:
            is_loading = self._engine.cut is None
            total = self._reader.records_to_read if is_loading else 0
            phase = "load" if is_loading else "follow"
            on_progress(Progress(phase, self._rows, total, self._engine.cut))

    def _tell_deliveries(self) -> None:
        newest = self._engine.cut.version if self._engine.cut is not None else -1
        slowest = dict.fromkeys(self._engine.views, newest)
        for delivery in self._deliveries.values():
            view, version = delivery.definition.view, delivery.status.version
            slowest[view] = min(slowest.get(view, newest), version)
            delivery.notify()
        for view, version in slowest.items():
            if version >= 0:
                self._engine.trim(view, version)
        if time.monotonic() >= self._bound_due:
            self._bound_due = time.monotonic() + BOUND_INTERVAL_S
            self._bound_outboxes(slowest, newest)

    def _bound_outboxes(self, slowest: Mapping[str, int], newest: int) -> None:
        """A sink that stays away does not fill the disk: when it answers it is filled anew."""
        for view, version in slowest.items():
            if 0 <= version < newest and self._engine.changes_waiting(view) > OUTBOX_ROWS_MAX:
                log.warning(
                    "view %s: a sink is %d changes behind; it will be filled anew",
                    view, OUTBOX_ROWS_MAX,
                )  # fmt: skip
                self._engine.trim(view, newest)

    def _do_requests(self) -> None:
        while not self._requests.empty():
            action, future = self._requests.get()
            try:
                future.set_result(action())
            except Exception as error:  # the asker's thread raises it
                future.set_exception(error)

    def _refuse_requests(self) -> None:
        while not self._requests.empty():
            _, future = self._requests.get()
            future.set_exception(StateError("The materialize process is stopping."))

    def _between_batches(self, action: Callable[[], Any]) -> Any:
        future: Future[Any] = Future()
        self._requests.put((action, future))
        while True:
            try:
                return future.result(timeout=1.0)
            except TimeoutError:
                if self._stopping.is_set():
                    raise StateError("The materialize process is stopping.") from None

    # ------------------------------------------------------------------ rebuild

    def _rebuild_changed(self) -> None:
        """Views whose SQL was edited, and new ones: from the state's own tables where these hold
        all that is needed, else from offset zero beside the live ones."""
        for definition in self._changed:
            if self._is_built_here(definition):
                continue
            log.info("view %s: the state lacks what it reads: from offset zero", definition.name)
            threading.Thread(
                target=self._rebuild_logged, args=(definition,), name="rebuild", daemon=True
            ).start()

    def _is_built_here(self, definition: ViewDefinition) -> bool:
        key, needed = self._project.key_of(definition.name), self._engine.tables_needed()
        began, build = time.monotonic(), time.time_ns() // 1000
        try:
            if not self._engine.suffices(definition, key=key):
                return False
            rows = self._engine.build(definition, key=key, generation=build)
        except ViewError:
            log.exception("view %s: its new SQL could not be built", definition.name)
            return True
        log.info(
            "view %s: %d rows built from the state at %s in %.1f s",
            definition.name, rows, self._engine.cut and self._engine.cut.lsn,
            time.monotonic() - began,
        )  # fmt: skip
        if self._engine.tables_needed() != needed:
            self._begin_reading()
        self._tell_deliveries()
        return True

    def _rebuild_logged(self, definition: ViewDefinition) -> None:
        try:
            self.rebuild(definition, lambda progress: None)
            log.info("view %s: rebuilt because its SQL changed", definition.name)
        except Exception:
            log.exception("view %s: its new SQL could not be built", definition.name)

    def rebuild(
        self, definition: ViewDefinition, on_progress: Callable[[RebuildProgress], None]
    ) -> int | None:
        """Rebuild a view from offset zero and switch; returns rows that differed from the live
        one (None where its SQL changed). Runs in the caller's thread; one rebuild at a time."""
        with self._rebuilds:
            schemas = read_schemas(self._project.kafka, self._project.source.name)
            mine = {
                n: d for n, d in self._deliveries.items() if d.definition.view == definition.name
            }
            job = Rebuild(self._project, definition, schemas, mine, on_progress)
            try:
                job.run(self._stopping.is_set)
                differences: int | None = self._between_batches(partial(self._hand_over, job))
            finally:
                job.close()
        self._await_switch(mine.values(), job.build_id)
        return differences

    def _hand_over(self, job: Rebuild) -> int | None:
        assert self._reader is not None
        needed = self._engine.tables_needed()
        job.meet(self._engine, self._reader)
        differences = job.hand_over(self._engine)
        if self._engine.tables_needed() != needed:
            self._begin_reading()
        self._tell_deliveries()
        return differences

    def _await_switch(self, deliveries: Iterable[Delivery], build: int) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for delivery in deliveries:
            while delivery.build != build:
                if time.monotonic() > deadline or self._stopping.is_set():
                    raise RebuildError(
                        f"Sink {delivery.definition.name} has not switched yet: "
                        f"{delivery.status.error or delivery.status.phase.value}.",
                        fix="it will switch by itself when the sink answers",
                    )
                delivery.notify()
                time.sleep(POLL_S)

    # ------------------------------------------------------------------ what others ask

    @property
    def deliveries(self) -> Mapping[str, Delivery]:
        """The deliveries by sink name."""
        return self._deliveries

    def known_view(self, name: str) -> ViewDefinition:
        """The project's view of that name; raises ViewError."""
        for definition in self._project.kept_views:
            if definition.name == name:
                return definition
        if readers := self._project.readers_of(name):
            raise ViewError(
                f"View {name} has no sink and is kept inside others alone.",
                fix=f"name a view that reads it: {', '.join(readers)}",
            )
        names = ", ".join(sorted(v.name for v in self._project.kept_views))
        raise ViewError(
            f"There was no view {name} when this process started.",
            fix=f"start it again to take up new views; it knows {names}",
        )

    def explain(self, view: str) -> dict[str, Any]:
        """The view's operators, how each is kept, and its state."""
        return {"view": view, "plan": self._engine.explain(self.known_view(view).name)}

    def status(self, *, with_storage: bool = False) -> dict[str, Any]:
        """See `materializers.status`; `rows_to_read` is 0 once the first cut is applied.
        `with_storage`: also what the state takes, which is worked out table by table."""
        newest = self._reader.newest if self._reader else None
        to_read = self._reader.records_to_read if self._reader and not self._engine.cut else 0
        told = self.status_of(self._deliveries.values(), newest)
        told |= {"storage": self._engine.storage()} if with_storage else {}
        return {**told, "is_running": True, "rows_read": self._rows, "rows_to_read": to_read}

    def storage(self) -> dict[str, Any]:
        """Rows and bytes of all that is kept."""
        return self._engine.storage()

    def status_of(self, deliveries: Iterable[Delivery], newest: Cut | None) -> dict[str, Any]:
        """The status with these deliveries, against this newest cut."""
        return status(self._project, self._engine, deliveries, newest)
