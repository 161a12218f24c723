"""Two engines as one: each view is kept in bulk (DuckDB) or row by row, and can be handed over.

A batch goes to both, and each makes it durable by itself. A crash between the two leaves one of
them ahead: reading goes on from the one behind, and the other passes over what it has.

A view that is handed over is in both states for a moment. The new one is written first, as a whole,
and is the one that counts from then on: `reconciled` removes what a crash left of the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.difference import Difference
from materializers.engines.applied import Applied
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import STATE_FILE, Engine, OpenEngine
from materializers.engines.engine_view import EngineView
from materializers.engines.hybrid.difference import difference
from materializers.engines.hybrid.groups import Group, Place, connected
from materializers.engines.hybrid.storage import joined
from materializers.engines.label import next_label
from materializers.engines.pipeline_run import PipelineRun
from materializers.engines.row_engine.engine import RowEngine
from materializers.engines.view_reader import Also
from materializers.engines.whole_view import WholeView
from materializers.errors import OtherBuild, StateError
from materializers.intake.batch import Batch
from materializers.step import Step
from materializers.view import ViewDefinition

log = logging.getLogger("rederive.engine")

Answer = TypeVar("Answer")
ROWS_SUFFIX = ".rows"
"""Of the row engine's file, beside DuckDB's."""


class HybridEngine:
    """`Engine` over both. Views begin in `bulk`; `materializers/placement.py` says which of them
    are to be in `rows`."""

    def __init__(
        self, bulk: DuckDBEngine, rows: RowEngine, open_bulk: OpenEngine, open_rows: OpenEngine
    ) -> None:
        self.bulk, self.rows = bulk, rows
        self._open_bulk, self._open_rows = open_bulk, open_rows
        self._reconcile()

    @classmethod
    def open(
        cls,
        path: Path,
        open_bulk: Callable[[Path], DuckDBEngine],
        open_rows: Callable[[Path], RowEngine],
    ) -> HybridEngine:
        """Open or make both states. Raises StateError where another process holds one."""
        bulk = open_bulk(path)
        try:
            rows = open_rows(path.with_suffix(ROWS_SUFFIX))
        except BaseException:
            bulk.close()
            raise
        return cls(bulk, rows, open_bulk, open_rows)

    def _reconcile(self) -> None:
        """Of a view that both have, the later build stays; of one build, that of the row engine."""
        for label in self.bulk.views.keys() & self.rows.views.keys():
            older: Engine = self.bulk
            if self.bulk.views[label].generation > self.rows.views[label].generation:
                older = self.rows
            log.info("view %s: what was left of its hand-over is removed", label)
            older.forget(label)

    # ------------------------------------------------------------------ which engine

    @property
    def _both(self) -> tuple[Engine, Engine]:
        return self.rows, self.bulk

    @property
    def _used(self) -> Sequence[Engine]:
        """Those that keep a view. One without is at no cut, and takes no batch."""
        return [engine for engine in self._both if engine.views]

    def keeper(self, view: str) -> Engine:
        """The engine that keeps the view of that label. Raises OtherBuild where none does."""
        for engine in self._both:
            if view in engine.views:
                return engine
        raise OtherBuild(f"View {view} has another build now.")

    def _ask(self, view: str, ask: Callable[[Engine], Answer]) -> Answer:
        """What the view's keeper answers, and where the view was handed over meanwhile, the new
        one."""
        keeper = self.keeper(view)
        try:
            return ask(keeper)
        except (OtherBuild, KeyError):
            now = self.keeper(view)
            if now is keeper:
                raise
            return ask(now)

    # ------------------------------------------------------------------ handing over

    def groups(self) -> list[Group]:
        """The views, in groups that share tables, by the engine that keeps them."""
        return [
            Group(place, views)
            for place, engine in ((Place.BULK, self.bulk), (Place.ROWS, self.rows))
            for views in connected({name: view.needs for name, view in engine.views.items()})
        ]

    def open_beside(self, folder: Path, place: Place) -> Engine:
        """A new state in that folder, of the kind of that engine."""
        opener = self._open_bulk if place is Place.BULK else self._open_rows
        return opener(_path_in(folder, place))

    def take(self, folder: Path, place: Place, views: Iterable[str]) -> None:
        """Have the views kept by that engine from here on, as they are in the closed state in the
        folder: it is at the present cut, and has the builds that are live. Raises StateError."""
        target, source = (self.bulk, self.rows) if place is Place.BULK else (self.rows, self.bulk)
        for view in views:
            target.adopt(_path_in(folder, place), view)
        for view in views:
            source.forget(view)

    # ------------------------------------------------------------------ the state

    @property
    def folder(self) -> Path:
        """Where both lie."""
        return self.bulk.folder

    @property
    def views(self) -> Mapping[str, EngineView]:
        """By label, as of the last batch."""
        return {**self.bulk.views, **self.rows.views}

    @property
    def schemas(self) -> Mapping[str, TableSchema]:
        """Every table as last seen."""
        return {**self.bulk.schemas, **self.rows.schemas}

    @property
    def cut(self) -> Cut | None:
        """The last exact cut that both have reached."""
        cuts = [engine.cut for engine in self._used]
        if None in cuts:
            return None
        return min((c for c in cuts if c is not None), key=lambda cut: cut.version, default=None)

    @property
    def offsets(self) -> Mapping[str, tuple[int, ...]]:
        """Topic -> the next offset to read per partition: the lower one where they differ."""
        found: dict[str, tuple[int, ...]] = {}
        for engine in self._used:
            for topic, offsets in engine.offsets.items():
                before = found.get(topic, offsets)
                found[topic] = tuple(map(min, before, offsets))
        return found

    @property
    def is_exact(self) -> bool:
        """False between parts of a long way to a cut, when no view can be read in full."""
        return all(engine.is_exact for engine in self._used)

    def begin_run(self) -> PipelineRun:
        """Another start of the pipeline whose state this is."""
        return self.bulk.begin_run()

    def require_state(self) -> None:
        """Raise StateError where one of the states was removed or replaced while in use."""
        for engine in self._both:
            engine.require_state()

    def close(self) -> None:
        """Release both."""
        for engine in self._both:
            engine.close()

    # ------------------------------------------------------------------ batches

    def apply(self, batch: Batch) -> Applied:
        """Move all by a batch; see `Engine.apply`. One that is ahead passes over what it has."""
        changed: dict[str, int] = {}
        seconds: dict[str, float] = {}
        failures: dict[str, str] = {}
        for engine in self._used:
            if _has(engine, batch):
                kept = [name for name, view in engine.views.items() if view.failure is None]
                changed |= dict.fromkeys(kept, 0)
                continue
            applied = engine.apply(batch)
            changed |= applied.changed
            failures |= applied.failures
            for phase, took in applied.seconds.items():
                seconds[phase] = seconds.get(phase, 0.0) + took
        return Applied(changed, seconds, failures)

    def trim(self, view: str, version: int) -> None:
        """Every sink has the changes up to that version: the next batch removes them."""
        for engine in self._both:
            if view in engine.views:
                engine.trim(view, version)

    # ------------------------------------------------------------------ reading

    def kept(self, view: str, build: int | None = None) -> EngineView:
        """The view of that label; raises OtherBuild where it is gone or, with `build`, another."""
        return self._ask(view, lambda engine: engine.kept(view, build))

    def has_since(self, view: str, version: int) -> bool:
        """Whether every change after that version is still there to be had from `step`."""
        return self._ask(view, lambda engine: engine.has_since(view, version))

    def step(
        self, view: str, after: int, build: int | None = None, *, upto: Step | None = None
    ) -> Step | None:
        """What changed in (after, newest exact cut]; see `ViewReader.step`."""
        return self._ask(view, lambda engine: engine.step(view, after, build, upto=upto))

    def again(self, view: str, after: int, build: int, also: Also) -> Step | None:
        """As `step`, with further rows of the view at the same cut."""
        return self._ask(view, lambda engine: engine.again(view, after, build, also))

    def full(self, view: str, build: int | None = None) -> Step:
        """The whole view at the newest exact cut; see `ViewReader.full`."""
        return self._ask(view, lambda engine: engine.full(view, build))

    def whole(self, view: str, timeout_s: float) -> WholeView:
        """The whole view at the newest exact cut, of whatever build is the present one."""
        return self._ask(view, lambda engine: engine.whole(view, timeout_s))

    def changes_waiting(self, view: str) -> int:
        """How many changes of the view have not been trimmed."""
        return self._ask(view, lambda engine: engine.changes_waiting(view))

    def explain(self, view: str) -> dict[str, Any]:
        """The view's plan, how each part is kept, and what that takes; `engine`: by which."""
        found = self._ask(view, lambda engine: engine.explain(view))
        place = Place.ROWS if view in self.rows.views else Place.BULK
        return {**found, "engine": place.value}

    def explain_definition(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
    ) -> dict[str, Any]:
        """The same of a view that is not kept here: views begin in bulk."""
        return self.bulk.explain_definition(definition, schemas, key=key)

    def storage(self) -> dict[str, Any]:
        """Rows and bytes of all there is."""
        return joined(self.bulk.storage(), self.rows.storage())

    # ------------------------------------------------------------------ views come and go

    def declare(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
        generation: int,
    ) -> EngineView:
        """Plan a view, which the next exact batch builds, in bulk."""
        view = self.bulk.declare(definition, schemas, key=key, generation=generation)
        if definition.name in self.rows.views:
            self.rows.forget(definition.name)
        return view

    def _builder(self, definition: ViewDefinition, key: tuple[str, ...] | None) -> Engine | None:
        """The engine whose tables suffice; of two the one that keeps the view now."""
        able = [each for each in self._used if each.suffices(definition, key=key)]
        return next((e for e in able if definition.name in e.views), able[0] if able else None)

    def suffices(self, definition: ViewDefinition, *, key: tuple[str, ...] | None) -> bool:
        """Whether one of the states holds all that a new or edited view needs."""
        return self._builder(definition, key) is not None

    def build(
        self,
        definition: ViewDefinition,
        *,
        key: tuple[str, ...] | None,
        generation: int,
        is_next: bool = False,
    ) -> EngineView:
        """Make a view from the tables that are kept, at the present cut."""
        builder = self._builder(definition, key)
        if builder is None:
            raise StateError(f"The state lacks what view {definition.name} reads.")
        view = builder.build(definition, key=key, generation=generation, is_next=is_next)
        if not is_next:
            self._forget_elsewhere(definition.name, builder)
        return view

    def promote(self, view: str) -> EngineView:
        """Put the build that was made beside a view in its place."""
        builder = self.keeper(next_label(view))
        promoted = builder.promote(view)
        self._forget_elsewhere(view, builder)
        return promoted

    def forget(self, view: str) -> None:
        """Remove a view and what only it needed."""
        for engine in self._both:
            if view in engine.views:
                engine.forget(view)

    def _forget_elsewhere(self, view: str, keeper: Engine) -> None:
        for engine in self._both:
            if engine is not keeper and view in engine.views:
                engine.forget(view)

    def tables_needed(self) -> set[str]:
        """The tables that some view reads, stopped views left out."""
        return self.bulk.tables_needed() | self.rows.tables_needed()

    def compare(self, rebuilt: Path, view: str) -> Difference:
        """How the view's build in another, closed state of DuckDB's differs from the live one."""
        if view in self.bulk.views and view not in self.rows.views:
            return self.bulk.compare(rebuilt, view)
        other = DuckDBEngine.open(rebuilt)
        try:
            return difference(self.rows, other, view)
        finally:
            other.close()

    def adopt(self, rebuilt: Path, view: str) -> None:
        """Move a view from such a state here: it is kept in bulk from then on."""
        self.bulk.adopt(rebuilt, view)
        self._forget_elsewhere(view, self.bulk)


def _path_in(folder: Path, place: Place) -> Path:
    path = folder / STATE_FILE
    return path if place is Place.BULK else path.with_suffix(ROWS_SUFFIX)


def _has(engine: Engine, batch: Batch) -> bool:
    """Whether the engine has all that the batch leads up to."""
    at = engine.cut
    return at is not None and engine.is_exact and batch.cut.version <= at.version and batch.is_exact
