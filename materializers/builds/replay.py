"""Replay: builds views from offset zero, with a state and a reader of their own, until they meet
the live views at a cut."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from cdc.config import Kafka
from materializers.engines.engine import Engine
from materializers.errors import RebuildError
from materializers.intake.reader import Reader
from materializers.intake.whole_topics import require_whole
from materializers.project.project import Project

MEET_TIMEOUT_S = 120.0
READ_S = 0.3
LAG_S = 2.0
CATCH_UP_TIMEOUT_S = 300.0

Check = Callable[[], None]
"""Raises RebuildError to stop the replay."""


@dataclass(frozen=True, slots=True)
class Topics:
    """A source's topics. `rows_max`: the number of records that a reader holds."""

    kafka: Kafka
    source: str
    rows_max: int

    @classmethod
    def of(cls, project: Project) -> Topics:
        """Those that a project reads."""
        return cls(project.kafka, project.source.name, project.pipeline.batch_rows_max)


class Replay:
    """`engine`: of the replay's state, in which the views are declared. `what`: names the replay in
    messages."""

    def __init__(self, topics: Topics, engine: Engine, what: str, check: Check) -> None:
        self._engine, self._what, self._check = engine, what, check
        self._topics, self._tables = topics, engine.tables_needed()
        check()
        self._reader = Reader(
            topics.kafka, topics.source, self._tables, batch_rows_max=topics.rows_max
        )

    def build(self, report: Callable[[int, int], None] = lambda rows, total: None) -> None:
        """Read everything up to the newest cut, and build the views in one pass. `report`: called
        with the number of records read and the estimated total. Raises RebuildError where the
        topics may have lost rows."""
        require_whole(self._topics.kafka, self._topics.source, self._tables)
        self._check()
        self._reader.start({}, None)
        rows = 0
        while self._engine.cut is None:
            self._check()
            batch = self._reader.read(READ_S)
            if batch is not None:
                self._engine.apply(batch)
                rows += batch.rows
            report(rows, self._reader.records_to_read)

    def resume(self) -> None:
        """Go on after the state's cut. Raises TooOld where the topics may lack deletions since."""
        self._reader.start(self._engine.offsets, self._engine.cut, self._engine.schemas)

    def catch_up(self, applied: Callable[[int], None] = lambda rows: None) -> None:
        """Follow until close behind the source, or until the time is up; `meet` does the rest.
        `applied`: called after each batch with the number of records so far."""
        deadline = time.monotonic() + CATCH_UP_TIMEOUT_S
        rows = 0
        while time.monotonic() < deadline:
            self._check()
            batch = self._reader.read(READ_S, after=self._engine.cut)
            if batch is None:
                return
            self._engine.apply(batch)
            rows += batch.rows
            applied(rows)
            behind_s = time.time() - batch.cut.published_at_ms / 1000
            if batch.is_exact and behind_s < LAG_S:
                return

    def meet(self, live: Engine, live_reader: Reader) -> None:
        """Bring both states to the same cut. Call it where nothing else applies batches to the live
        state. Raises RebuildError where that takes too long."""
        deadline = time.monotonic() + MEET_TIMEOUT_S
        while (
            live.cut is None
            or self._engine.cut is None
            or live.cut.version != self._engine.cut.version
        ):
            if time.monotonic() > deadline:
                raise RebuildError(
                    f"{self._what}: the rebuilt state and the live one did not meet at a cut"
                    f" within {MEET_TIMEOUT_S:.0f} s.",
                    fix="run the rebuild again; the live view is untouched",
                )
            mine, theirs = self._engine.cut, live.cut
            is_live_behind = theirs is None or (mine is not None and theirs.version < mine.version)
            engine, reader = (live, live_reader) if is_live_behind else (self._engine, self._reader)
            goal = mine if is_live_behind else theirs
            batch = reader.read(1.0, after=engine.cut, upto=goal.version if goal else None)
            if batch is not None:
                engine.apply(batch)

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()
