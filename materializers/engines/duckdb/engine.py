"""The view engine on DuckDB: all views of a pipeline over one state file.

store.py         the file: its connection, the input tables, its position
catalogue.py     the views, and the schemas of the source's tables
snapshot.py      reads views, in any thread, for `stored_view_reader.py`
description.py   explains views, and measures the state
view_state.py    stores and removes views, for `stored_view_builder.py`
upkeep.py        applies batches
trims.py         which changes nobody needs any longer
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.engines.duckdb.catalogue import Catalogue
from materializers.engines.duckdb.description import DuckDBDescription
from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.export import Export
from materializers.engines.duckdb.render.rendering import NO_RENDERINGS, Renderings
from materializers.engines.duckdb.snapshot import opened
from materializers.engines.duckdb.store import Store
from materializers.engines.duckdb.upkeep import Upkeep
from materializers.engines.duckdb.view_state import DuckDBViewState
from materializers.engines.stored_view_builder import StoredViewBuilder
from materializers.engines.stored_view_reader import StoredViewReader
from materializers.engines.trims import Trims
from materializers.sql.catalogue import BUILT_IN, FunctionCatalogue


class DuckDBEngine:
    """`Engine` over a state file, composed of its parts, whose methods it exposes."""

    def __init__(self, store: Store, functions: FunctionCatalogue, renderings: Renderings) -> None:
        """Raises StateError where this version plans the file's views differently."""
        self.store, self._catalogue = store, Catalogue(store, functions, renderings)
        trims = Trims(store.state.newest_version)
        description = DuckDBDescription(store, self._catalogue)
        snapshot = partial(opened, store)
        reader = StoredViewReader(
            store.state, self._catalogue, snapshot, description.explain, store.errors
        )
        views = DuckDBViewState(store, self._catalogue)
        builder = StoredViewBuilder(store.state, self._catalogue, trims, views)

        self.apply = Upkeep(store, self._catalogue, trims).apply
        self.trim = trims.ask
        self.begin_run, self.require_state = store.begin_run, store.state.require_file
        self.close = store.close

        self.declare, self.suffices, self.build = builder.declare, builder.suffices, builder.build
        self.promote, self.forget = builder.promote, builder.forget
        self.compare, self.adopt = views.compare, builder.adopt
        self.view, self.tables_needed = self._catalogue.view, self._catalogue.tables_needed

        self.step, self.again, self.has_since = reader.step, reader.again, reader.has_since
        self.full, self.whole, self.rows = reader.full, reader.whole, reader.rows
        self.changes_waiting, self.storage = reader.changes_waiting, description.storage
        self.explain, self.explain_definition = reader.explain, reader.explain_definition
        self.export = Export(store, self._catalogue).export

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        functions: FunctionCatalogue = BUILT_IN,
        renderings: Renderings = NO_RENDERINGS,
        memory_limit: str = "",
        threads: int = 0,
    ) -> DuckDBEngine:
        """Open or create a state file. `functions`: those that views may call; `renderings`: how
        DuckDB computes those that are not built in. `memory_limit`: as DuckDB writes it (`2GB`),
        empty for its default; `threads`: 0 for all cores. Raises StateError where another process
        uses the file."""
        store = Store.open(path, memory_limit=memory_limit, threads=threads)
        return cls(store, functions, renderings)

    @property
    def path(self) -> Path:
        """The state file."""
        return self.store.path

    @property
    def folder(self) -> Path:
        """The state file's folder."""
        return self.store.path.parent

    @property
    def views(self) -> Mapping[str, DuckDBView]:
        """By label, as last committed."""
        return self._catalogue.views

    @property
    def schemas(self) -> dict[str, TableSchema]:
        """The last known schema of every table."""
        return self._catalogue.schemas

    @property
    def cut(self) -> Cut | None:
        """The last exact cut applied."""
        return self.store.state.position.cut

    @property
    def offsets(self) -> Mapping[str, tuple[int, ...]]:
        """Topic -> the next offset to read per partition, stored with the rows."""
        return self.store.state.position.offsets

    @property
    def is_exact(self) -> bool:
        """False between the batches of one long cut, when no view can be read in full."""
        return self.store.state.position.is_exact
