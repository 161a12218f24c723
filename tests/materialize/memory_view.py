"""A view in an engine and a sink in memory, to test what lies between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from materializers.delivery.dead_letters.dead_letters import DeadLetters
from materializers.delivery.dead_letters.memory import MemoryLetters
from materializers.delivery.dead_letters.set_aside import Desk
from materializers.delivery.delivery import Delivery, Phase
from materializers.delivery.filling import Filling
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.errors import SinkError
from materializers.sinks.connection import SinkConnection
from materializers.sinks.memory import MemorySink, MemoryTarget
from materializers.sinks.sink import Sink
from materializers.step import Step
from materializers.view import SinkDefinition, ViewDefinition, ViewSchema
from tests.contracts.opened_sinks import FIRST, SECOND
from tests.views.feed import Feed, table_schema

ITEMS = table_schema("public.items", [("id", "integer"), ("n", "integer")], ["id"])
CONNECTION = SinkConnection("target", "memory", {})
TIMEOUT_S = 30.0

Rows = dict[int, int]


class FaultySink(MemorySink):
    """One whose next writes fail, with the errors in `faults`, first one first; `unready`: likewise
    for rehearsals."""

    def __init__(
        self,
        schema: ViewSchema,
        target: MemoryTarget,
        faults: list[Exception],
        unready: list[Exception],
    ) -> None:
        super().__init__(schema, writer=FIRST, target=target)
        self._faults, self._unready = faults, unready

    def write(self, number: int, step: Step) -> None:
        if self._faults:
            raise self._faults.pop(0)
        super().write(number, step)

    def rehearse(self, number: int) -> None:
        if self._unready:
            raise self._unready.pop(0)
        super().rehearse(number)


class MemoryView:
    """The view `shown` of items. `seen`: every different content that readers saw, in order."""

    def __init__(self, folder: Path, sql: str = "SELECT id, n FROM items") -> None:
        self.folder = folder
        self.engine = DuckDBEngine.open(folder / "state.duckdb", threads=1)
        self.feed, self.target = Feed([ITEMS]), MemoryTarget()
        self.faults: list[Exception] = []
        self.unready: list[Exception] = []
        self.seen: list[Rows] = []
        self.view = ViewDefinition("shown", sql, Path("views/v.sql"), 1)
        self.engine.declare(self.view, self.feed.schemas, key=None, generation=1)
        self.definition = SinkDefinition(
            "shown_sink", "shown", CONNECTION.name, {}, Path("views/v.sql"), 2
        )
        self.letters = DeadLetters(MemoryLetters())

    def open(self, schema: ViewSchema) -> Sink:
        """Another client of the target, by the one owner."""
        sink = FaultySink(schema, self.target, self.faults, self.unready)
        if sink.owner() is None:
            sink.claim(FIRST.run, None)
        return sink

    def heir(self) -> Sink:
        """Another pipeline's client of the same target, which has claimed nothing yet."""
        schema = self.engine.view("shown").schema
        return MemorySink(schema, writer=SECOND, target=self.target)

    def desk(self, definition: SinkDefinition) -> Desk:
        return Desk(self.letters, definition, CONNECTION)

    def put(self, rows: Mapping[int, int]) -> int:
        """One batch in which these items change; its version."""
        for number, n in rows.items():
            self.feed.put("public.items", {"id": number, "n": n})
        self.engine.apply(self.feed.batch())
        assert self.engine.cut is not None
        return self.engine.cut.version

    def rows(self, number: int | None = None) -> Rows:
        """What a generation holds, without a number the live one."""
        build = self.target.builds.get(self.target.live if number is None else number)
        return {row["id"]: row["n"] for row in build.rows.values()} if build is not None else {}

    def look(self) -> None:
        """As a reader does."""
        if self.target.live >= 0 and self.rows() not in self.seen[-1:]:
            self.seen.append(self.rows())

    @contextmanager
    def delivery(self, *reserved: int) -> Iterator[Delivery]:
        """A delivery at work, from its first moment to its end; those generations are reserved."""
        delivery = Delivery(
            self.engine, self.definition, self.open, self.desk(self.definition),
            look_interval_s=0.1,
        )  # fmt: skip
        delivery.reserved.update(reserved)
        delivery.start()
        try:
            yield delivery
        finally:
            delivery.stop()
            delivery.join(TIMEOUT_S)
            assert not delivery.is_alive()

    @contextmanager
    def filling(
        self, view: str = "shown", deliveries: Mapping[str, Delivery] | None = None
    ) -> Iterator[Filling]:
        """One over the live deliveries, closed at the end."""
        filling = Filling(
            self.engine, view, lambda definition, schema: self.open(schema), self.desk,
            deliveries or {},
        )  # fmt: skip
        try:
            yield filling
        finally:
            filling.close()

    def until(self, is_there: Callable[[], Any]) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not is_there():
            self.look()
            assert time.monotonic() < deadline, (self.target.live, self.rows())
            time.sleep(0.002)
        self.look()

    def until_seen(self, delivery: Delivery, rows: Rows) -> None:
        """Wait until readers see these rows, and the delivery says that it follows."""
        self.until(lambda: self.rows() == rows and delivery.status.phase is Phase.FOLLOWING)

    def build(self, sql: str, generation: int, *, is_next: bool) -> ViewDefinition:
        """The view of that SQL, from the state."""
        edited = ViewDefinition("shown", sql, Path("views/v.sql"), 1)
        self.engine.build(edited, key=None, generation=generation, is_next=is_next)
        return edited

    def close(self) -> None:
        self.engine.close()


def away() -> SinkError:
    """A target that does not answer for a moment."""
    return SinkError("sink target: it does not answer.", is_retryable=True)


def refused() -> SinkError:
    """A target that needs an operator."""
    return SinkError("sink target: it forbids this.", fix="allow it")


class Turn:
    """What the loop of a pipeline gives: one action at a time, between two batches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, action: Callable[[], Any]) -> Any:
        with self._lock:
            return action()
