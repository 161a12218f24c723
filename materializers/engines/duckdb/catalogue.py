"""The views of a state file, and the schemas of the source's tables."""

from __future__ import annotations

from functools import partial
from weakref import WeakValueDictionary

from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.plan import Planning
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.engines.duckdb.state import read_tables, read_views, require_state
from materializers.engines.duckdb.store import Store
from materializers.engines.newest import unchanged_since
from materializers.engines.revision import Replanning
from materializers.engines.view_catalogue import ViewCatalogue
from materializers.sql.catalogue import FunctionCatalogue


class Catalogue(ViewCatalogue[DuckDBView]):
    """`planning`, `replanning`: how the views are planned."""

    def __init__(self, store: Store, functions: FunctionCatalogue, renderings: Renderings) -> None:
        """Read it from the file. Raises StateError where this version plans the views
        differently."""
        self.planning = Planning(functions, renderings, WeakValueDictionary())
        plan = partial(DuckDBView.of, planning=self.planning)
        self.replanning = Replanning(functions, plan)
        super().__init__(
            read_views(store.connection),
            read_tables(store.connection),
            plan,
            lambda stored: DuckDBView.of(stored, self.planning.apart()),
        )
        built = [view for view in self.views.values() if view.is_built]
        require_state(
            store.connection, store.path, {table for v in built for table in v.plan.state()}
        )
        position = store.state.position
        if position.cut is not None and position.is_exact:
            version = position.cut.version
            self.newest = {v.name: unchanged_since(v.generation, version) for v in built}
