"""Adds, replaces and removes an engine's views; `view_state.py` stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Generic

from cdc.contract.schemas import TableSchema
from materializers.engines.label import next_label
from materializers.engines.open_state import OpenState
from materializers.engines.position import NOWHERE
from materializers.engines.revision import View
from materializers.engines.stored_view import StoredView
from materializers.engines.trims import Trims
from materializers.engines.view_catalogue import ViewCatalogue
from materializers.engines.view_state import Outgrown, ViewState
from materializers.errors import ViewError
from materializers.view import ViewDefinition


class StoredViewBuilder(Generic[View]):
    """`ViewBuilder`, but for `compare` and `tables_needed`."""

    def __init__(
        self,
        state: OpenState,
        catalogue: ViewCatalogue[View],
        trims: Trims,
        views: ViewState[View],
    ) -> None:
        self._state, self._catalogue, self._trims, self._views = state, catalogue, trims, views

    def declare(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
        generation: int,
    ) -> View:
        """See `ViewBuilder.declare`."""
        stored = StoredView.new(definition, dict(schemas), key=key, generation=generation)
        view = self._catalogue.plan(stored)
        used = {table: schemas[table] for table in view.needs}
        view = replace(view, stored=replace(stored, schemas=used))
        known = {t: s for t, s in schemas.items() if t not in self._catalogue.schemas}
        self._views.declare(view, schemas, known)
        self._catalogue.schemas = {**self._catalogue.schemas, **known}
        self._catalogue.show(view)
        return view

    def suffices(self, definition: ViewDefinition, *, key: tuple[str, ...] | None) -> bool:
        """See `ViewBuilder.suffices`."""
        if self._state.position.cut is None or not self._state.position.is_exact:
            return False
        stored = StoredView.new(definition, self._catalogue.schemas, key=key)
        try:
            needs = self._catalogue.plan_apart(stored).needs
        except ViewError:
            return False  # the tables may have changed since this cut: a rebuild says what is wrong
        needed = self._catalogue.tables_needed()
        return all(
            table in needed and not self._views.lacks(table, columns)
            for table, columns in needs.items()
        )

    def build(
        self,
        definition: ViewDefinition,
        *,
        key: tuple[str, ...] | None,
        generation: int,
        is_next: bool = False,
    ) -> View:
        """See `ViewBuilder.build`. Repeated with wide numerics where narrow ones do not suffice."""
        schemas = self._catalogue.schemas
        stored = StoredView.new(
            definition, schemas, key=key, generation=generation, is_next=is_next
        )
        needs = self._catalogue.plan(stored).needs
        used = {table: self._views.as_stored(table, schemas[table]) for table in needs}
        stored = replace(stored, schemas=used)
        try:
            built = self._views.build(self._catalogue.plan(stored))
        except Outgrown:
            built = self._views.build(self._catalogue.plan(replace(stored, is_wide=True)))
        self._show(built)
        return built

    def promote(self, view: str) -> View:
        """See `ViewBuilder.promote`."""
        label = next_label(view)
        coming, others = self._catalogue.views[label], self._catalogue.others(view, label)
        stored = replace(coming.stored, is_next=False)
        promoted = self._views.promote(coming, replace(coming, stored=stored), others)
        self._catalogue.hide(label)
        self._trims.forget(label)
        self._show(promoted)
        return promoted

    def forget(self, view: str) -> None:
        """See `ViewBuilder.forget`."""
        others = self._catalogue.others(view)
        self._views.forget(view, others)
        self._catalogue.hide(view)
        self._trims.forget(view)
        if not others:
            self._catalogue.schemas = {}
            self._state.reached(NOWHERE)

    def adopt(self, rebuilt: Path, view: str) -> None:
        """See `ViewBuilder.adopt`."""
        adopted = self._views.adopt(rebuilt, view)
        self._catalogue.schemas = {**self._catalogue.schemas, **adopted.known}
        self._show(adopted.view)
        self._state.reached(adopted.position)

    def _show(self, view: View) -> None:
        """Make a new build visible to readers."""
        self._trims.forget(view.name)
        self._catalogue.show(view)
