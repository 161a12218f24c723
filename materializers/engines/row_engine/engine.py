"""The view engine that works row by row: all views of a pipeline over one state file.

state_file.py    the store, its lock, its position
catalogue.py     the views, the tables that they read, their operators
snapshot.py      reads views, in any thread, for `stored_view_reader.py`
explain.py       explains views, and measures the state
view_state.py    stores and removes views, for `stored_view_builder.py`
upkeep.py        applies batches
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.engines.row_engine.catalogue import Catalogue
from materializers.engines.row_engine.explain import RowDescription
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.row_engine.snapshot import opened
from materializers.engines.row_engine.state_file import StateFile, state_errors
from materializers.engines.row_engine.upkeep import Upkeep
from materializers.engines.row_engine.view_state import RowViewState
from materializers.engines.rows.meaning import NO_MEANINGS, Meanings
from materializers.engines.stored_view_builder import StoredViewBuilder
from materializers.engines.stored_view_reader import StoredViewReader
from materializers.engines.trims import Trims
from materializers.sql.catalogue import BUILT_IN, FunctionCatalogue


class RowEngine:
    """`Engine` over a state file, composed of its parts, whose methods it exposes."""

    def __init__(self, file: StateFile, functions: FunctionCatalogue, own: Meanings) -> None:
        self.file, self._catalogue = file, Catalogue(file.store, functions, own)
        trims = Trims(file.state.newest_version)
        description = RowDescription(file, self._catalogue)
        snapshot, errors = partial(opened, file), partial(state_errors, file.path)
        reader = StoredViewReader(
            file.state, self._catalogue, snapshot, description.explain, errors
        )
        views = RowViewState(file, self._catalogue)
        builder = StoredViewBuilder(file.state, self._catalogue, trims, views)

        self.apply = Upkeep(file, self._catalogue, trims).apply
        self.trim = trims.ask
        self.begin_run, self.require_state = file.begin_run, file.state.require_file
        self.close = file.close

        self.declare, self.suffices, self.build = builder.declare, builder.suffices, builder.build
        self.promote, self.forget = builder.promote, builder.forget
        self.compare, self.adopt = views.compare, builder.adopt
        self.view, self.tables_needed = self._catalogue.view, self._catalogue.tables_needed

        self.step, self.again, self.has_since = reader.step, reader.again, reader.has_since
        self.full, self.whole, self.rows = reader.full, reader.whole, reader.rows
        self.changes_waiting, self.storage = reader.changes_waiting, description.storage
        self.explain, self.explain_definition = reader.explain, reader.explain_definition

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        functions: FunctionCatalogue = BUILT_IN,
        own: Meanings = NO_MEANINGS,
    ) -> RowEngine:
        """Open or create a state file. `functions`: those that views may call; `own`: the meanings
        of those that are not built in. Raises StateError where another process uses the file."""
        file = StateFile.open(path)
        try:
            return cls(file, functions, own)
        except BaseException:
            file.close()
            raise

    @property
    def path(self) -> Path:
        """The state file."""
        return self.file.path

    @property
    def is_read(self) -> bool:
        """Whether some reader has the file open."""
        return self.file.store.is_read

    @property
    def folder(self) -> Path:
        """The state file's folder."""
        return self.file.path.parent

    @property
    def views(self) -> Mapping[str, RowView]:
        """By label, as last committed."""
        return self._catalogue.views

    @property
    def schemas(self) -> dict[str, TableSchema]:
        """The last known schema of every table."""
        return self._catalogue.schemas

    @property
    def cut(self) -> Cut | None:
        """The last exact cut applied."""
        return self.file.state.position.cut

    @property
    def offsets(self) -> Mapping[str, tuple[int, ...]]:
        """Topic -> the next offset to read per partition, stored with the rows."""
        return self.file.state.position.offsets

    @property
    def is_exact(self) -> bool:
        """False between the batches of one long cut, when no view can be read in full."""
        return self.file.state.position.is_exact
