"""The views of an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic

from cdc.contract.schemas import TableSchema
from materializers.engines.newest import NewestChange
from materializers.engines.planned_view import tables_of
from materializers.engines.revision import View
from materializers.engines.stored_view import StoredView
from materializers.errors import OtherBuild


class ViewCatalogue(Generic[View]):
    """`views`: by label, as last committed; the mapping is replaced, never changed, so any thread
    may read it. `schemas`: the last known schema of every table. `newest`: by view its last
    changes, where the engine has them at hand. `plan` plans a stored view; `plan_apart` does so
    without sharing anything with the engine's views. Both raise ViewError."""

    def __init__(
        self,
        stored: Mapping[str, StoredView],
        schemas: Mapping[str, TableSchema],
        plan: Callable[[StoredView], View],
        plan_apart: Callable[[StoredView], View],
    ) -> None:
        self.plan, self.plan_apart = plan, plan_apart
        self.views: dict[str, View] = {label: plan(view) for label, view in stored.items()}
        self.schemas: dict[str, TableSchema] = dict(schemas)
        self.newest: dict[str, NewestChange] = {}

    def view(self, label: str, build: int | None = None) -> View:
        """The view of that label; raises OtherBuild where there is none or, with `build`, where it
        is another build."""
        present = self.views.get(label)
        if present is None or build not in (None, present.generation):
            raise OtherBuild(f"View {label} has another build now.")
        return present

    def show(self, view: View) -> None:
        """Make a view visible to readers, in place of the one of the same label."""
        self.newest.pop(view.name, None)
        self.views = {**self.views, view.name: view}

    def hide(self, view: str) -> None:
        """Make the view of that label invisible to readers."""
        self.newest.pop(view, None)
        self.views = {name: each for name, each in self.views.items() if name != view}

    def others(self, *views: str) -> list[View]:
        """All views without those of these labels."""
        return [each for name, each in self.views.items() if name not in views]

    def tables_needed(self) -> set[str]:
        """The tables that some view reads; stopped views do not count."""
        return tables_of(self.views.values())
