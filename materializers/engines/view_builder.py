"""How views come and go in an engine, between two batches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cdc.contract.schemas import TableSchema
from materializers.difference import Difference
from materializers.engines.engine_view import EngineView
from materializers.view import ViewDefinition


class ViewBuilder(Protocol):
    """Called in the thread that applies batches. Each call is wholly done and durable when it
    returns; where it raises, all is as it was."""

    def declare(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
        generation: int,
    ) -> EngineView:
        """Plan a view, which is empty until the next exact batch builds it. `key`: the key's
        columns where the user names them, else it is inferred.

        Raises ViewError with the place underlined, StateError where the state holds rows of a
        table but not a column that the view needs (rebuild it instead)."""

    def suffices(self, definition: ViewDefinition, *, key: tuple[str, ...] | None) -> bool:
        """Whether the state holds all that a new or edited view needs, so that `build` can make
        it."""

    def build(
        self,
        definition: ViewDefinition,
        *,
        key: tuple[str, ...] | None,
        generation: int,
        is_next: bool = False,
    ) -> EngineView:
        """Make a view from the tables that are kept, at the present cut: in place of the one of
        that name, or with `is_next` beside it, as what `promote` puts in its place. Only where
        `suffices` says so. Raises ViewError where its rows cannot be worked out."""

    def promote(self, view: str) -> EngineView:
        """Put the build that was made beside a view in its place: what only the old one needed
        goes."""

    def forget(self, view: str) -> None:
        """Remove a view and what only it needed; without a view left the state is at no cut, and
        knows no table."""

    def tables_needed(self) -> set[str]:
        """The tables that some view reads, stopped views left out."""

    def compare(self, rebuilt: Path, view: str) -> Difference:
        """How the view's build in another, closed state of this engine's kind differs from the
        live one. Raises StateError where the two are not at one cut."""

    def adopt(self, rebuilt: Path, view: str) -> None:
        """Move a view from such a state here: rows, changes, definition, build. Raises StateError
        where the two are not at one cut, or it holds no finished build."""
