"""The materialize process: wires reader, engine, deliveries and control together, and runs one
loop.

The loop reads a batch up to a cut (`reading.py`), applies it in one transaction of the state, and
notifies the deliveries. Requests of other threads to the engine's writer (such as the last step of
a rebuild) are queued and done between two batches.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.errors import BrokerError, ConfigError
from cdc.private_folder import private_folder
from cdc.requests import Requests
from cdc.retry import is_passing
from materializers.builds.edits import Edits
from materializers.builds.rebuild import Rebuild, RebuildProgress, Rebuilt
from materializers.control.answers import Answers
from materializers.control.reception import Reception
from materializers.control.status import status
from materializers.delivery.dead_letters.dead_letters import DeadLetters
from materializers.delivery.dead_letters.set_aside import Desk
from materializers.delivery.dead_letters.topic import DeadLetterTopic
from materializers.delivery.deliveries import Deliveries
from materializers.delivery.delivery import Delivery
from materializers.delivery.filling import Filling
from materializers.delivery.ownership import Ownership
from materializers.delivery.trouble import Trouble
from materializers.difference import ANY, Allowance, Difference
from materializers.engines.engine import STATE_FILE, Engine
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.hybrid.groups import Group, Place
from materializers.engines.label import is_next
from materializers.engines.opening import bulk_opener, open_live
from materializers.errors import MissingTopic, NotOwner, TopicMoved
from materializers.hand_over.hand_over import HandOver, Taken
from materializers.intake.tail import read_schemas, require_capture
from materializers.journal import Journal
from materializers.pace import Pace
from materializers.placement import placement
from materializers.progress import Counts, OnProgress, Progress
from materializers.project.project import Project, no_view
from materializers.reading import Reading
from materializers.sinks.registry import open_sink
from materializers.sinks.sink import Sink
from materializers.view import SinkDefinition, ViewDefinition, ViewSchema

READ_TIMEOUT_S = 0.25
STOP_TIMEOUT_S = 30.0
START_POLL_S = 0.5

log = logging.getLogger("rederive.materialize")


class Pipeline:
    """A running pipeline. `run` blocks until `stop` is set, and leaves state and sinks at a cut."""

    def __init__(self, project: Project, *, take_over: bool = False) -> None:
        """`take_over`: claim the project's present sinks whoever owns them."""
        self.project = project
        self._take_over = take_over
        self._ownership: Ownership | None = None
        self._lost: NotOwner | None = None
        self.stopping = threading.Event()
        self._requests = Requests("materialize", self.stopping)
        self._successions = threading.RLock()
        self._rebuilding: set[str] = set()
        self._counts, self._journal = Counts(), Journal()
        self._pace, pipeline = Pace(), project.pipeline
        self._open_bulk = bulk_opener(project.functions, pipeline.memory_limit, pipeline.threads)
        path = private_folder(pipeline.state) / STATE_FILE
        self.engine = open_live(
            path, pipeline.engine, self._open_bulk, project.functions,
            is_checked=pipeline.check_engines,
        )  # fmt: skip
        self._placement = placement(self.engine, pipeline.engine, self._pass_on)
        self.dead_letters = DeadLetters(DeadLetterTopic(project.kafka, project.source.name))
        self._delivering = Deliveries(
            self.engine, self._open_sink, self._desk_of, self._lose, pipeline.outbox_rows_max
        )
        self._edits: Edits | None = None
        self._handing_over: HandOver | None = None
        self._reading = Reading(project, self.engine, self._journal, self.declare)

    @property
    def deliveries(self) -> Mapping[str, Delivery]:
        """The deliveries by sink."""
        return self._delivering.by_sink

    # ------------------------------------------------------------------ start and end

    def run(
        self,
        stop: threading.Event,
        reception: Reception,
        on_progress: OnProgress | None = None,
        on_open: Callable[[], None] = lambda: None,
    ) -> None:
        """Follow the source until `stop`. `on_open` is called once the pipeline answers requests,
        which arrive through `reception`."""
        self.stopping = stop
        self._requests = Requests("materialize", stop)
        try:
            self._claim()
            if not self._begin(reception):
                return
            self._edits = Edits(self, self.take, self.forget_removed)
            reception.open(Answers(self).answer)
            on_open()
            while not stop.is_set():
                self._turn(on_progress)
        finally:
            stop.set()
            reception.close()
            if self._edits is not None:
                self._edits.join(STOP_TIMEOUT_S)
            # A thread that the interpreter ends inside DuckDB would crash the process.
            if self._successions.acquire(timeout=STOP_TIMEOUT_S):
                self._successions.release()
            else:
                log.warning("a rebuild does not end, and is abandoned: the live view is untouched")
            self.close()

    def _claim(self) -> None:
        """Claim the sinks: from here on this run alone may write them."""
        names = [sink.name for sink in self.project.sink_definitions] if self._take_over else []
        self._ownership = Ownership(self.engine.begin_run(), names)

    def _lose(self, error: NotOwner) -> None:
        """Called in a delivery's thread: the loop ends with that error."""
        self._lost = self._lost or error

    def _begin(self, reception: Reception) -> bool:
        """Open the pipeline. False: stopped first. Waits while Kafka is away or there is no capture
        yet, so that processes and servers may start in any order."""
        trouble = Trouble(log, "materialize")
        while not self.stopping.is_set():
            try:
                if self.engine.cut is None:
                    require_capture(self.project.kafka, self.project.source.name)
                self.open()
                trouble.end()
                return True
            except BrokerError as error:
                if not (isinstance(error, MissingTopic | TopicMoved) or is_passing(error)):
                    raise
                trouble.say(error, is_passing=True)
                reception.waits(error.message)
            self.stopping.wait(START_POLL_S)
        return False

    def open(self) -> None:
        """Plan the views, begin to read, and start a delivery for each sink."""
        self.declare()
        self._reading.begin()
        for view in self.engine.views:
            self._delivering.renew(self.project.sinks_of(view))

    def close(self) -> None:
        """Stop deliveries after their present step, then close the reader and the state."""
        self._delivering.stop()
        self._requests.refuse_all()
        self._reading.close()
        self.dead_letters.close()
        self.engine.close()

    def declare(self) -> None:
        """Remove unfinished builds, and plan all views where there is no state yet. Later changes
        of the files are applied by `Edits` while the pipeline runs."""
        if not self.project.views:
            patterns = ", ".join(self.project.pipeline.views)
            raise ConfigError([no_view(patterns)])
        for name in [name for name in self.engine.views if is_next(name)]:
            self.engine.forget(name)
        if self.engine.cut is not None or self.engine.views:
            return
        schemas, build = self.schemas(), time.time_ns() // 1000
        for definition in self.project.maintained_views:
            key = self.project.key_of(definition.name)
            self.engine.declare(definition, schemas, key=key, generation=build)

    def storage(self) -> dict[str, Any]:
        """The size of the state; see `ViewReader.storage`."""
        return self.engine.storage()

    def forget_removed(self) -> None:
        """Remove the state of views that the project no longer has."""
        for name in self.engine.views.keys() - {v.name for v in self.project.maintained_views}:
            if not is_next(name):
                log.info("view %s is no longer in the project: its state is removed", name)
                self.engine.forget(name)
        self._reading.renew()

    def schemas(self) -> dict[str, TableSchema]:
        """Every captured table's schema, as Kafka has it now."""
        return read_schemas(self.project.kafka, self.project.source.name)

    def _open_sink(self, definition: SinkDefinition, schema: ViewSchema) -> Sink:
        connection = self.project.sinks[definition.connection]
        if self._ownership is None:
            return open_sink(definition, connection, schema)
        return self._ownership.open(definition, connection, schema)

    def _desk_of(self, definition: SinkDefinition) -> Desk:
        connection = self.project.sinks[definition.connection]
        return Desk(self.dead_letters, definition, connection)

    # ------------------------------------------------------------------ the loop

    def _turn(self, on_progress: OnProgress | None) -> None:
        if self._lost is not None:
            raise self._lost
        self.engine.require_state()
        self._requests.do_all()
        if self._edits is not None:
            self._edits.turn()
        self._placement.turn()
        self._pace.wait(self.stopping)
        batch = self._reading.read(READ_TIMEOUT_S)
        if batch is not None:
            self._pace.begin()
            applied = self.engine.apply(batch)
            self._pace.end()
            self._counts.add(batch.rows, applied.changed)
            self._placement.note(batch.rows)
            self._delivering.tell()
        self._journal.turn(self.engine.cut, self._counts.records, self._reading.absence)
        if on_progress is not None:
            is_loading = self.engine.cut is None
            records = self._counts.records
            total = self._reading.records_to_read(records) if is_loading else 0
            phase = "load" if is_loading else "follow"
            on_progress(Progress(phase, records, total, self.engine.cut))

    def between_batches(self, action: Callable[[], Any]) -> Any:
        """Have the writing thread call `action`; returns its result."""
        return self._requests.ask(action)

    # ------------------------------------------------------------------ new builds

    def take(self, project: Project) -> None:
        """The files were edited: stop deliveries to removed sinks; `Edits` does the rest."""
        self.project = project
        self._delivering.keep(project.sink_definitions)

    def took_over(self, view: str) -> None:
        """The view has another build, or other sinks. Called in the writing thread."""
        self._delivering.renew(self.project.sinks_of(view))
        self._reading.renew()
        self._delivering.tell()

    def filling(self, engine: Engine, view: str) -> Filling:
        """A filling of the sinks from a view of that engine."""
        return self._delivering.filling(engine, view)

    def rebuild(
        self,
        definition: ViewDefinition,
        on_progress: Callable[[RebuildProgress], None] = lambda progress: None,
        *,
        is_stopping: Callable[[], bool] | None = None,
        allowance: Allowance = ANY,
    ) -> Rebuilt:
        """Rebuild a view from offset zero and switch. Runs in the caller's thread, one rebuild at a
        time. Raises RebuildError where more rows differ from the live view than allowed."""
        with self._placement.away(), self._successions, self._noted(definition.name):
            fill = partial(self.filling, view=definition.name)
            job = Rebuild(
                self.project, definition, self.schemas(), self._open_bulk, fill, on_progress
            )
            try:
                job.run(is_stopping or self.stopping.is_set)
                is_comparable = job.is_comparable(self.engine)
                sinks = self._delivering.compare(definition.name) if is_comparable else {}
                unlike = self.between_batches(partial(self._hand_over, job, allowance))
            except BaseException:
                job.discard()
                raise
            finally:
                job.close()
        self._delivering.await_switch(definition.name, self.stopping)
        return Rebuilt(unlike, sinks)

    @contextmanager
    def _noted(self, view: str) -> Iterator[None]:
        """While the view is rebuilt, its failure is not the last word."""
        self._rebuilding.add(view)
        try:
            yield
        finally:
            self._rebuilding.discard(view)

    def _hand_over(self, job: Rebuild, allowance: Allowance) -> Difference | None:
        job.meet(self.engine, self._reading.reader)
        difference = job.hand_over(self.engine, allowance)
        self.took_over(job.definition.name)
        return difference

    def _pass_on(self, engine: HybridEngine, group: Group, place: Place) -> None:
        """Hand views over to the other engine. Called in a thread of its own."""

        def is_stopping() -> bool:
            return self.stopping.is_set() or self._placement.is_away

        def between_batches(taken: Taken) -> bool:
            return bool(self.between_batches(partial(taken, engine, self._reading.reader)))

        with self._successions:
            views, sinks = group.views, self._delivering
            job = HandOver(self.project, engine, views, place, sinks, is_stopping)
            self._handing_over = job
            try:
                job.run(self.schemas(), between_batches)
            finally:
                self._handing_over = None

    # ------------------------------------------------------------------ requests

    def known_view(self, name: str) -> ViewDefinition:
        """The project's view of that name. Raises ViewError."""
        return self.project.maintained_view(name)

    def newest(self) -> Cut | None:
        """The newest cut known, even of an incomplete snapshot."""
        return self._reading.newest or self.engine.cut

    def failure_of(self, view: str) -> str:
        """Why the view has stopped, if nothing builds it again by itself; else empty."""
        stored = self.engine.views.get(self.known_view(view).name)
        if stored is None or stored.failure is None or self._edits is None:
            return ""
        is_rebuilt = stored.schema.name in self._rebuilding
        return "" if is_rebuilt or self._edits.are_at(stored.schema.name) else stored.failure

    def explain(
        self, view: str, schemas: Mapping[str, TableSchema] | None = None
    ) -> dict[str, Any]:
        """The view's operators, what state each keeps, and its size. A view that is not in the
        state is planned over `schemas`, by default those captured now."""
        definition = self.known_view(view)
        if definition.name in self.engine.views:
            return self.engine.explain(definition.name)
        key, tables = self.project.key_of(view), schemas or self.schemas()
        return self.engine.explain_definition(definition, tables, key=key)

    def status(self) -> dict[str, Any]:
        """See `materializers.control.status`. `rows_to_read`: 0 once the first cut is applied.
        `kafka`: why Kafka does not answer, or None. `gap`: why everything is being rebuilt, or
        None."""
        sinks, counts, is_loading = self.deliveries.values(), self._counts, self.engine.cut is None
        answer = status(self.project, self.engine, sinks, self._reading.newest, counts.changes)
        handing_over = self._handing_over
        return answer | {
            "phase": "loading" if is_loading else "following",
            "hand_over": None if handing_over is None else handing_over.as_json(),
            "edits": self._edits.as_json() if self._edits is not None else [],
            "rows_read": counts.records,
            "counts": counts.as_json(),
            "rows_to_read": self._reading.records_to_read(counts.records) if is_loading else 0,
            "kafka": self._reading.absence,
            "gap": self._reading.gap or None,
        }
