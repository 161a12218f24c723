"""Adding, replacing and removing an engine's views, between two batches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cdc.contract.schemas import TableSchema
from materializers.difference import Difference
from materializers.engines.engine_view import EngineView
from materializers.view import ViewDefinition


class ViewBuilder(Protocol):
    """Called in the thread that applies batches. A call is durable when it returns; a call that
    raises changes nothing."""

    def declare(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
        generation: int,
    ) -> EngineView:
        """Plan a view, which is empty until the next exact batch builds it. `key`: the key's
        columns; None: infer it.

        Raises ViewError with the place underlined; StateError where the state has rows of a table
        without a column that the view needs (rebuild the view instead)."""

    def suffices(self, definition: ViewDefinition, *, key: tuple[str, ...] | None) -> bool:
        """Whether the state has all columns that a new or edited view needs, so that `build` can
        make it."""

    def build(
        self,
        definition: ViewDefinition,
        *,
        key: tuple[str, ...] | None,
        generation: int,
        is_next: bool = False,
    ) -> EngineView:
        """Backfill: build a view from the stored tables at the present cut. It replaces the view of
        that name; with `is_next` it stands beside it until `promote`. Call it only where `suffices`
        is true. Raises ViewError where its rows cannot be computed."""

    def promote(self, view: str) -> EngineView:
        """Replace a view by the build beside it. Removes what only the old build needed."""

    def forget(self, view: str) -> None:
        """Remove a view and what only it needed. Without any view the state has no cut and no
        tables."""

    def tables_needed(self) -> set[str]:
        """The tables that some view reads; stopped views do not count."""

    def compare(self, rebuilt: Path, view: str) -> Difference:
        """Compare the view's build in another, closed state of the same engine with the live one.
        Raises StateError unless both are at one cut."""

    def adopt(self, rebuilt: Path, view: str) -> None:
        """Copy a view from such a state here: rows, changes, definition, build. Raises StateError
        unless both are at one cut and the other has a finished build."""
