"""Delivery: one thread keeps one sink of one view up to date.

A slow or absent sink delays only itself; what it has not received waits in the outbox. The sink
stores the cut it has reached, and the build it belongs to, with or after the rows. That is the only
record of the position, so nothing can contradict it.

A build is one life of a view in the state; an edit, a rebuild or a new state begins another. A
generation in the sink continues if its build is the engine's, the sink's options are unchanged and
the outbox reaches back to its cut. Otherwise a new generation is filled beside it from the view's
table, and switched to in one step.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

import pyarrow as pa

from cdc.contract.cut import Cut
from cdc.unexpected import as_rederive_error
from materializers.delivery.dead_letters.retries import Retries, Retry
from materializers.delivery.dead_letters.set_aside import Desk
from materializers.delivery.presence import loss_of, should_hold_rows
from materializers.delivery.sink_rows import compared
from materializers.delivery.stamp import Stamp
from materializers.delivery.trouble import Trouble
from materializers.difference import Difference
from materializers.engines.view_reader import ViewReader
from materializers.errors import NotOwner, OtherBuild, OutboxTrimmed, SinkError, SinkLost, ViewError
from materializers.sinks.sink import Sink
from materializers.step import Step
from materializers.view import SinkDefinition, ViewSchema

RETRY_FIRST_S = 0.5
RETRY_MAX_S = 30.0
IDLE_WAIT_S = 1.0
DROP_GRACE_S = 30.0
SIGN_INTERVAL_S = 10.0
LOOK_INTERVAL_S = 3.0
"""How often the delivery checks that the sink still has and shows what was delivered."""
CALM_S = 60.0
"""An error after so long without one is retried at once."""

log = logging.getLogger("rederive.deliver")


class Phase(Enum):
    """A delivery's state; set by its own thread, not durable."""

    WAITING = "waiting for a first cut"
    LOADING = "loading"
    FOLLOWING = "following"
    RETRYING = "retrying"
    STOPPED = "needs an operator"


@dataclass(slots=True)
class DeliveryStatus:
    """A delivery's status. `version`, `cut`: of the generation it writes to, -1 before the first.
    `visible`: the version that readers see. `cuts_delivered`, `loads`: counted since it began."""

    phase: Phase = Phase.WAITING
    version: int = -1
    visible: int = -1
    cut: str = ""
    generation: int = -1
    rows_loaded: int = 0
    error: str = ""
    cuts_delivered: int = 0
    loads: int = 0


def counted(
    batches: Iterable[pa.RecordBatch], add: Callable[[int], None]
) -> Iterator[pa.RecordBatch]:
    """The batches, with `add` called with each one's number of rows."""
    for batch in batches:
        add(batch.num_rows)
        yield batch


class Delivery(threading.Thread):
    """Keeps the sink `definition` of its view up to date until `stop`; `notify` announces a cut.

    `open_sink` makes the sink's client, used by this thread only. `desk`: where refused rows go.
    `build`: the build being delivered, -1 before the first. `reserved`: numbers of generations that
    a rebuild is filling; not to be touched. `before`: a delivery to the same sink with other
    options, which ends first. `look_interval_s`: how often it checks the sink's contents. `on_lost`
    is called once, where another pipeline owns the sink.
    """

    def __init__(
        self,
        engine: ViewReader,
        definition: SinkDefinition,
        open_sink: Callable[[ViewSchema], Sink],
        desk: Desk,
        before: Delivery | None = None,
        look_interval_s: float = LOOK_INTERVAL_S,
    ) -> None:
        super().__init__(name=f"deliver-{definition.name}", daemon=True)
        self.definition = definition
        self.status = DeliveryStatus()
        self.reserved: set[int] = set()
        self.open_sink = open_sink
        self._engine, self._desk = engine, desk
        self._retries = Retries()
        self._news, self._stopping = threading.Event(), threading.Event()
        self.build = -1
        self._is_live = False
        self._before = before
        self._fields = {"view": definition.view, "sink": definition.name}
        self.trouble = Trouble(log, f"sink {definition.name}", **self._fields)
        self._drops: list[tuple[float, int]] = []
        self._look_interval_s, self._look_due, self._emptied = look_interval_s, 0.0, -1
        self.on_lost: Callable[[NotOwner], None] = lambda error: None
        self._sign_due, self._is_load_logged = 0.0, False
        self._comparisons: queue.SimpleQueue[Future[Difference | str]] = queue.SimpleQueue()

    def compare(self) -> Difference | str:
        """How the sink's rows differ from the view's at the same cut, or in words why that is not
        known. Called from another thread; the delivery pauses meanwhile."""
        if self.status.phase is not Phase.FOLLOWING:
            return f"not compared: {self.status.error or self.status.phase.value}"
        asked: Future[Difference | str] = Future()
        self._comparisons.put(asked)
        self.notify()
        while not self._stopping.is_set() and self.status.phase is Phase.FOLLOWING:
            with suppress(TimeoutError):
                return asked.result(IDLE_WAIT_S)
        return "not compared: the sink does not answer"

    def notify(self) -> None:
        """Announce a new cut, or a new build of the view."""
        self._news.set()

    def stop(self) -> None:
        """Ask the thread to end after its present step."""
        self._stopping.set()
        self._news.set()

    def run(self) -> None:
        if self._before is not None and self._before.is_alive():
            self._before.join()
        self._before, wait_s = None, RETRY_FIRST_S
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._follow_build()
                wait_s = RETRY_FIRST_S
            except OtherBuild:
                continue  # follow the new build
            except OutboxTrimmed as error:
                self._log(logging.WARNING, "%s It is filled again.", error)
            except NotOwner as error:
                self.status.phase, self.status.error = Phase.STOPPED, str(error)
                self.on_lost(error)
                return
            except SinkError as error:
                self.status.phase = Phase.RETRYING if error.is_retryable else Phase.STOPPED
                self.status.error = str(error)
                if time.monotonic() > began + CALM_S:
                    wait_s = RETRY_FIRST_S
                wait_s = min(wait_s * 2, RETRY_MAX_S) if error.is_retryable else RETRY_MAX_S
                self.trouble.say(error, is_passing=error.is_retryable)
                self._stopping.wait(wait_s)
            except Exception as error:
                failure = as_rederive_error(error)
                self.status.phase, self.status.error = Phase.STOPPED, str(failure)
                self._log(logging.ERROR, "stops: %s Fix: %s", failure.logged, failure.fix)
                return

    def _follow_build(self) -> None:
        """Deliver the view's present build until there is another. Uses a new client, as another
        build may have other columns."""
        live = self._engine.views.get(self.definition.view)
        if live is None or not live.is_built:
            self._news.wait(IDLE_WAIT_S)
            self._news.clear()
            return
        sink = self.open_sink(live.schema)
        try:
            mark = Stamp.of(live.generation, self.definition, sink)
            self._drop_strays(sink, mark)
            self._begin(sink, mark)
            while not self._stopping.is_set() and self._is_current():
                self._news.clear()
                self._look(sink)
                self._sign(sink)
                while not self._comparisons.empty():
                    self._answer_comparison(sink, mark)
                if not (self._write_again(sink, mark) or self._write_next(sink, mark)):
                    self._follows()
                    self._drop_due(sink)
                    self._news.wait(min(IDLE_WAIT_S, self._look_interval_s))
            if self._stopping.is_set():
                sink.sign(has_ended=True)
        finally:
            sink.close()
            self._desk.close()

    def _sign(self, sink: Sink) -> None:
        """Leave a sign of life. Raises NotOwner where another run owns the sink."""
        if time.monotonic() >= self._sign_due:
            sink.sign()
            self._sign_due = time.monotonic() + SIGN_INTERVAL_S

    def _look(self, sink: Sink) -> None:
        """Raises SinkLost where the target no longer has or shows what was delivered."""
        if time.monotonic() < self._look_due:
            return
        loss = loss_of(sink.generations(), self.status.generation, self.status.version)
        self._look_due = time.monotonic() + self._look_interval_s
        if not loss and self._is_emptied(sink):
            self._emptied = self.status.generation
            loss = f"generation {self._emptied} has lost its rows"
        if loss:
            self._is_live, self.status.visible = False, -1
            raise SinkLost(f"{loss}; it is put right from the state.", is_retryable=True)

    def _is_emptied(self, sink: Sink) -> bool:
        its, definition = self.status, self.definition
        if "ttl" in definition.options or self.dead_letters() or sink.holds_rows(its.generation):
            return False
        return should_hold_rows(self._engine, definition.view, self.build, its.version)

    def _answer_comparison(self, sink: Sink, mark: Stamp) -> None:
        """Bring the sink to the cut of a full read of the view, then compare the two."""
        asked, view = self._comparisons.get(), self.definition.view
        try:
            full = self._engine.full(view, mark.build)
        except ViewError as error:
            asked.set_result(f"not compared: {error.message}")
            return
        step = self._engine.step(view, self.status.version, mark.build, upto=full)
        if step is not None:
            self._write(sink, mark, step)
            self._reached(step)
        schema, rows = self._engine.view(view, mark.build).schema, sink.scan(self.status.generation)
        try:
            difference = compared(schema, full.upserts, rows, self._engine.folder)
        except Exception as error:  # does not concern the delivery
            asked.set_result(f"not compared: {as_rederive_error(error)}")
            return
        if difference is None:
            asked.set_result("not compared: it does not keep the view's rows as they are")
            return
        # By their ttl, rows end in the sink only
        unlike = difference.without_missing() if "ttl" in self.definition.options else difference
        asked.set_result(replace(unlike, dead_letters=self.dead_letters()))

    def _is_current(self) -> bool:
        live = self._engine.views.get(self.definition.view)
        return live is not None and live.generation == self.build

    def _write_next(self, sink: Sink, mark: Stamp) -> bool:
        step = self._engine.step(self.definition.view, self.status.version, mark.build)
        if step is None or step.version <= self.status.version:
            return False
        self._write(sink, mark, step)
        self._reached(step)
        return True

    def _write(self, sink: Sink, mark: Stamp, step: Step) -> None:
        number, live = self.status.generation, self._engine.view(self.definition.view, mark.build)
        sink.write(number, self._desk.on(mark.on(step), number, live.schema))

    def dead_letters(self) -> int:
        """The number of rows that the generation lacks because the sink refuses them."""
        return self._desk.letters.count(self._desk.place(self.status.generation))

    def retry(self, names: Collection[bytes]) -> Retry:
        """Send these dead letters' rows again at the next cut."""
        retry = self._retries.add(names)
        self.notify()
        return retry

    def _write_again(self, sink: Sink, mark: Stamp) -> bool:
        """Send the rows requested by `retry`, with all newer changes. False: none requested."""
        if not (names := self._retries.names()):
            return False
        generation, view = self.status.generation, self.definition.view
        schema = self._engine.view(view, mark.build).schema
        pick = partial(self._desk.picked, generation, schema, names)
        step = self._engine.again(view, self.status.version, mark.build, pick)
        if step is None or step.version < self.status.version:
            return False
        self._write(sink, mark, step)
        self._retries.done(names, self._desk.open(generation))
        self._reached(step)
        return True

    def _reached(self, step: Step) -> None:
        self.status.version, self.status.cut = step.version, step.cut
        self.status.cuts_delivered += 1
        if self._is_live:
            self.status.visible = step.version
        self._follows()

    def _follows(self) -> None:
        self.status.phase, self.status.error = Phase.FOLLOWING, ""
        self.trouble.end()

    def _log(self, level: int, message: str, *values: object, rows: int | None = None) -> None:
        """Log a line about this sink, with its name in front."""
        fields = self._fields if rows is None else {**self._fields, "rows": rows}
        log.log(level, f"sink %s: {message}", self.definition.name, *values, extra=fields)

    def _begin(self, sink: Sink, mark: Stamp) -> None:
        """Continue the build's generation if possible, else fill a new one."""
        generations = sink.generations()
        mine, live = mark.find(generations), [g for g in generations.values() if g.is_live]
        self._is_live = False
        self.status.visible = max([-1, *(g.version for g in live)])
        if mine is not None and mine.number == self._emptied:
            mine = None
        if mine is None or not self._engine.has_since(self.definition.view, mine.version):
            self.status.generation = max([0, *generations, *self.reserved]) + 1
            self._load(sink, mark)
        else:
            self.status.generation = mine.number
            self.status.version, self.status.cut = mine.version, mine.cut
        if [g.number for g in live] != [self.status.generation]:
            self._catch_up(sink, mark, max([-1, *(g.version for g in live)]))
            sink.switch(self.status.generation)
            self._log(logging.INFO, "switched, readers see generation %d", self.status.generation)
        self._is_live, self.status.visible = True, self.status.version
        self._desk.keep({self.status.generation, *self.reserved})
        self.build = mark.build
        self._look_due = time.monotonic() + self._look_interval_s
        if not self.trouble:  # else the next successful write ends the trouble
            self._follows()
            self._log(logging.INFO, "follows from cut %s", Cut.from_json(self.status.cut).lsn)
        due = time.monotonic() + DROP_GRACE_S
        self._drops += [(due, g.number) for g in live if g.number != self.status.generation]

    def _catch_up(self, sink: Sink, mark: Stamp, version: int) -> None:
        """Bring the new generation to `version`: readers must not see an earlier cut after a
        switch."""
        while self.status.version < version and self._write_next(sink, mark):
            pass

    def _load(self, sink: Sink, mark: Stamp) -> None:
        self.status.phase, self.status.rows_loaded = Phase.LOADING, 0
        number, began = self.status.generation, time.monotonic()
        if not (self.trouble and self._is_load_logged):
            self._log(logging.INFO, "load of generation %d begins", number)
        self._is_load_logged = True
        self._desk.forget(number)
        sink.create(number)
        step = self._full(mark)
        self._write(sink, mark, replace(step, upserts=counted(step.upserts, self._loaded)))
        self._reached(step)
        self.status.loads += 1
        rows, elapsed_s = self.status.rows_loaded, time.monotonic() - began
        message = "load of generation %d ends: %d rows in %.1f s"
        self._log(logging.INFO, message, number, rows, elapsed_s, rows=rows)
        self._is_load_logged = False

    def _full(self, mark: Stamp) -> Step:
        try:
            return self._engine.full(self.definition.view, mark.build)
        except ViewError as error:
            message = f"view {self.definition.view} cannot be read: {error.message}."
            raise SinkError(message, fix=error.fix) from error

    def _loaded(self, rows: int) -> None:
        self.status.rows_loaded += rows

    def _drop_strays(self, sink: Sink, mark: Stamp) -> None:
        """Drop incomplete generations of earlier attempts."""
        generations = sink.generations()
        mine = mark.find(generations)
        waiting = {number for _, number in self._drops} | self.reserved
        for generation in generations.values():
            is_wanted = generation.is_live or generation.number in waiting
            if not is_wanted and generation != mine:
                sink.drop(generation.number)

    def _drop_due(self, sink: Sink) -> None:
        now = time.monotonic()
        for due, number in [drop for drop in self._drops if drop[0] <= now]:
            sink.drop(number)
            self._drops.remove((due, number))
