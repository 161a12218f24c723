"""Two engines as one: each view is maintained in bulk (DuckDB) or row by row, and can be handed
over.

Both engines apply each batch, and each makes it durable by itself. After a crash in between, one of
them is ahead: reading goes on from the one behind, and the other skips what it has.

While a view is handed over, both states have it for a moment. The new one is committed first, and
is the valid one from then on: `_reconcile` removes what a crash left in the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.difference import Difference
from materializers.engines.applied import Applied
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.durable import replace
from materializers.engines.engine import STATE_FILE, Engine, OpenEngine
from materializers.engines.engine_view import EngineView
from materializers.engines.exported import Exported
from materializers.engines.hybrid.difference import difference
from materializers.engines.hybrid.groups import Group, Place, connected
from materializers.engines.hybrid.joined import (
    applied_by,
    earliest_cut,
    earliest_offsets,
    joined_storage,
)
from materializers.engines.label import next_label
from materializers.engines.pipeline_run import PipelineRun
from materializers.engines.row_engine.engine import RowEngine
from materializers.engines.rows.store.store import remove_logs
from materializers.engines.view_reader import Also
from materializers.engines.whole_view import WholeView
from materializers.errors import OtherBuild, StateError
from materializers.intake.batch import Batch
from materializers.step import Step
from materializers.view import ViewDefinition

log = logging.getLogger("rederive.engine")

Answer = TypeVar("Answer")
ROWS_SUFFIX = ".rows"
"""The suffix of the row engine's file, beside DuckDB's."""


class HybridEngine:
    """`Engine` over both. Views begin in `bulk`; `materializers/placement.py` decides which move to
    `rows`."""

    is_checked = False
    """Whether a view that is handed over stays in both, which are compared."""

    def __init__(
        self,
        bulk: DuckDBEngine,
        rows: RowEngine,
        open_bulk: Callable[[Path], DuckDBEngine],
        open_rows: Callable[[Path], RowEngine],
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
    ) -> Self:
        """Open or create both states. Raises StateError where another process uses one."""
        bulk = open_bulk(path)
        try:
            rows = open_rows(path.with_suffix(ROWS_SUFFIX))
        except BaseException:
            bulk.close()
            raise
        try:
            return cls(bulk, rows, open_bulk, open_rows)
        except BaseException:
            rows.close()
            bulk.close()
            raise

    def _reconcile(self) -> None:
        """If both have a view, remove the earlier build; of the same build, DuckDB's."""
        for label in self.bulk.views.keys() & self.rows.views.keys():
            older: Engine = self.bulk
            if self.bulk.views[label].generation > self.rows.views[label].generation:
                older = self.rows
            log.info("view %s: the rest of its hand-over is removed", label)
            older.forget(label)

    # ------------------------------------------------------------------ which engine

    @property
    def _both(self) -> tuple[Engine, Engine]:
        return self.rows, self.bulk

    @property
    def _used(self) -> Sequence[Engine]:
        """The engines that have views. One without views has no cut, and applies no batch."""
        return [engine for engine in self._both if engine.views]

    def keeper(self, view: str) -> Engine:
        """The engine that maintains the view of that label. Raises OtherBuild where none does."""
        for engine in self._both:
            if view in engine.views:
                return engine
        raise OtherBuild(f"View {view} has another build now.")

    def _ask(self, view: str, ask: Callable[[Engine], Answer]) -> Answer:
        """The answer of the view's engine; repeated if the view was handed over in between."""
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
        """The views in groups that share tables, each with its engine."""
        return [
            Group(place, views)
            for place, engine in ((Place.BULK, self.bulk), (Place.ROWS, self.rows))
            for views in connected({name: view.needs for name, view in engine.views.items()})
        ]

    def open_beside(self, folder: Path, place: Place) -> Engine:
        """Create a state of that kind of engine in a folder."""
        opener: OpenEngine = self._open_bulk if place is Place.BULK else self._open_rows
        return opener(path_in(folder, place))

    def export(
        self, folder: Path, builds: Mapping[str, int], check: Callable[[], None]
    ) -> Exported:
        """What views in DuckDB are made from, given with their builds; see `Export.export`."""
        return self.bulk.export(folder, builds, check)

    def take(self, folder: Path, place: Place, views: Collection[str]) -> None:
        """Move the views to that engine, from the closed state in the folder, which is at the
        present cut and has the live builds. Raises StateError."""
        self._adopt(folder, place, views)
        source = self.rows if place is Place.BULK else self.bulk
        for view in views:
            source.forget(view)

    def _adopt(self, folder: Path, place: Place, views: Collection[str]) -> None:
        path = path_in(folder, place)
        if place is Place.ROWS and not self.rows.views and not self.rows.is_read:
            self._put_in_place(path)
            for other in self.rows.views.keys() - set(views):
                self.rows.forget(other)
        else:
            target = self.bulk if place is Place.BULK else self.rows
            for view in views:
                target.adopt(path, view)

    def _put_in_place(self, path: Path) -> None:
        """Replace the row engine's state, which has no views, by that file: nothing is copied."""
        present = self.rows.path
        self.rows.close()
        try:
            remove_logs(present)
            replace(path, present)
        finally:
            self.rows = self._open_rows(present)

    # ------------------------------------------------------------------ the state

    @property
    def folder(self) -> Path:
        """The folder of both states."""
        return self.bulk.folder

    @property
    def views(self) -> Mapping[str, EngineView]:
        """By label, as of the last batch; a returned mapping does not change."""
        return {**self.bulk.views, **self.rows.views}

    @property
    def schemas(self) -> Mapping[str, TableSchema]:
        """The last known schema of every table."""
        return {**self.bulk.schemas, **self.rows.schemas}

    @property
    def cut(self) -> Cut | None:
        """The last exact cut that both have applied."""
        return earliest_cut(self._used)

    @property
    def offsets(self) -> Mapping[str, tuple[int, ...]]:
        """Topic -> the next offset to read per partition: the lower one where they differ."""
        return earliest_offsets(self._used)

    @property
    def is_exact(self) -> bool:
        """False between the batches of one long cut, when no view can be read in full."""
        return all(engine.is_exact for engine in self._used)

    def begin_run(self) -> PipelineRun:
        """Record a start of the pipeline that owns this state."""
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
        """See `Engine.apply`. An engine that is ahead skips what it has."""
        return applied_by(self._used, batch)

    def trim(self, view: str, version: int) -> None:
        """See `Engine.trim`."""
        for engine in self._both:
            if view in engine.views:
                engine.trim(view, version)

    # ------------------------------------------------------------------ reading

    def view(self, label: str, build: int | None = None) -> EngineView:
        """The view of that label; raises OtherBuild where there is none or, with `build`, where it
        is another build."""
        return self._ask(label, lambda engine: engine.view(label, build))

    def has_since(self, view: str, version: int) -> bool:
        """Whether `step` can still return every change after that version."""
        return self._ask(view, lambda engine: engine.has_since(view, version))

    def step(
        self, view: str, after: int, build: int | None = None, *, upto: Step | None = None
    ) -> Step | None:
        """See `ViewReader.step`."""
        return self._ask(view, lambda engine: engine.step(view, after, build, upto=upto))

    def again(self, view: str, after: int, build: int, also: Also) -> Step | None:
        """See `ViewReader.again`."""
        return self._ask(view, lambda engine: engine.again(view, after, build, also))

    def full(self, view: str, build: int | None = None) -> Step:
        """See `ViewReader.full`."""
        return self._ask(view, lambda engine: engine.full(view, build))

    def whole(self, view: str, timeout_s: float) -> WholeView:
        """See `ViewReader.whole`."""
        return self._ask(view, lambda engine: engine.whole(view, timeout_s))

    def changes_waiting(self, view: str) -> int:
        """The number of the view's changes that have not been trimmed."""
        return self._ask(view, lambda engine: engine.changes_waiting(view))

    def explain(self, view: str) -> dict[str, Any]:
        """See `ViewReader.explain`; the answer has the engine's name too (`engine`)."""
        explained = self._ask(view, lambda engine: engine.explain(view))
        place = Place.ROWS if view in self.rows.views else Place.BULK
        return {**explained, "engine": place.value}

    def explain_definition(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
    ) -> dict[str, Any]:
        """See `ViewReader.explain_definition`: views begin in bulk."""
        return self.bulk.explain_definition(definition, schemas, key=key)

    def storage(self) -> dict[str, Any]:
        """Rows and bytes of both states."""
        bulk = self.bulk.storage()
        return joined_storage(bulk, self.rows.storage()) if self.rows.views else bulk

    # ------------------------------------------------------------------ adding and removing views

    def declare(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
        generation: int,
    ) -> EngineView:
        """Plan a view; the next exact batch builds it in bulk."""
        view = self.bulk.declare(definition, schemas, key=key, generation=generation)
        if definition.name in self.rows.views:
            self.rows.forget(definition.name)
        return view

    def _builder(self, definition: ViewDefinition, key: tuple[str, ...] | None) -> Engine | None:
        """The engine whose tables suffice; if both do, the one that has the view now."""
        able = [each for each in self._used if each.suffices(definition, key=key)]
        return next((e for e in able if definition.name in e.views), able[0] if able else None)

    def suffices(self, definition: ViewDefinition, *, key: tuple[str, ...] | None) -> bool:
        """Whether one of the states has all columns that a new or edited view needs."""
        return self._builder(definition, key) is not None

    def build(
        self,
        definition: ViewDefinition,
        *,
        key: tuple[str, ...] | None,
        generation: int,
        is_next: bool = False,
    ) -> EngineView:
        """See `ViewBuilder.build`."""
        builder = self._builder(definition, key)
        if builder is None:
            raise StateError(f"The state lacks what view {definition.name} reads.")
        view = builder.build(definition, key=key, generation=generation, is_next=is_next)
        if not is_next:
            self._forget_elsewhere(definition.name, builder)
        return view

    def promote(self, view: str) -> EngineView:
        """Replace a view by the build beside it."""
        builder = self.keeper(next_label(view))
        promoted = builder.promote(view)
        self._forget_elsewhere(view, builder)
        return promoted

    def forget(self, view: str) -> None:
        """Remove a view and what only it used."""
        for engine in self._both:
            if view in engine.views:
                engine.forget(view)

    def _forget_elsewhere(self, view: str, keeper: Engine) -> None:
        for engine in self._both:
            if engine is not keeper and view in engine.views:
                engine.forget(view)

    def tables_needed(self) -> set[str]:
        """The tables that some view reads; stopped views do not count."""
        return self.bulk.tables_needed() | self.rows.tables_needed()

    def compare(self, rebuilt: Path, view: str) -> Difference:
        """Compare the view's build in another, closed DuckDB state with the live one."""
        if view in self.bulk.views and view not in self.rows.views:
            return self.bulk.compare(rebuilt, view)
        other = self._open_bulk(rebuilt)
        try:
            return difference(self.rows, other, view)
        finally:
            other.close()

    def adopt(self, rebuilt: Path, view: str) -> None:
        """Copy a view from such a state here; it is maintained in bulk from then on."""
        self.bulk.adopt(rebuilt, view)
        self._forget_elsewhere(view, self.bulk)


def path_in(folder: Path, place: Place) -> Path:
    """The state file of that kind of engine in a folder."""
    path = folder / STATE_FILE
    return path if place is Place.BULK else path.with_suffix(ROWS_SUFFIX)
