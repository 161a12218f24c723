"""Which views a state file keeps, and what is known of the source's tables."""

from __future__ import annotations

from functools import partial
from weakref import WeakValueDictionary

from cdc.contract.schemas import TableSchema
from materializers.engines.duckdb.kept_view import KeptView
from materializers.engines.duckdb.plan import Planning
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.state import read_tables, read_views, require_state
from materializers.engines.duckdb.store import Store
from materializers.engines.planned_view import tables_of
from materializers.engines.revision import Replanning
from materializers.errors import OtherBuild
from materializers.sql.catalogue import FunctionCatalogue


class Catalogue:
    """`views`: by label, as last committed; it is exchanged as a whole, so that any thread may read
    it. `schemas`: every table as last seen. `planning`,
    `replanning`: how the views are planned."""

    def __init__(self, store: Store, functions: FunctionCatalogue, renderings: Renderings) -> None:
        """Read it from the file. Raises StateError where its views are planned otherwise now."""
        self.planning = Planning(functions, renderings, WeakValueDictionary())
        self.replanning = Replanning(functions, partial(KeptView.of, planning=self.planning))
        self.schemas: dict[str, TableSchema] = read_tables(store.connection)
        stored = read_views(store.connection)
        self.views = {name: KeptView.of(view, self.planning) for name, view in stored.items()}
        built = [view for view in self.views.values() if view.is_built]
        require_state(
            store.connection, store.path, {table for v in built for table in v.plan.state()}
        )

    def kept(self, view: str, build: int | None = None) -> KeptView:
        """The view of that label; raises OtherBuild where it is gone or, with `build`, another."""
        kept = self.views.get(view)
        if kept is None or build not in (None, kept.generation):
            raise OtherBuild(f"View {view} has another build now.")
        return kept

    def show(self, view: KeptView) -> None:
        """Let readers see a view that was made, in place of the one of that label."""
        self.views = {**self.views, view.name: view}

    def hide(self, view: str) -> None:
        """Let readers no longer see the view of that label."""
        self.views = {name: kept for name, kept in self.views.items() if name != view}

    def others(self, *views: str) -> list[KeptView]:
        """All but the views of those labels."""
        return [kept for name, kept in self.views.items() if name not in views]

    def tables_needed(self) -> set[str]:
        """The tables that some view reads, stopped views left out."""
        return tables_of(self.views.values())
