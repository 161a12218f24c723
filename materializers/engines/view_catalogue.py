"""The views of an engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic

from materializers.engines.planned_view import tables_of
from materializers.engines.revision import View
from materializers.errors import OtherBuild


class ViewCatalogue(Generic[View]):
    """`views`: by label, as last committed; the mapping is replaced, never changed, so any thread
    may read it."""

    def __init__(self, views: Mapping[str, View]) -> None:
        self.views: dict[str, View] = dict(views)

    def kept(self, view: str, build: int | None = None) -> View:
        """The view of that label; raises OtherBuild where there is none or, with `build`, where it
        is another build."""
        kept = self.views.get(view)
        if kept is None or build not in (None, kept.generation):
            raise OtherBuild(f"View {view} has another build now.")
        return kept

    def show(self, view: View) -> None:
        """Make a view visible to readers, in place of the one of the same label."""
        self.views = {**self.views, view.name: view}

    def hide(self, view: str) -> None:
        """Make the view of that label invisible to readers."""
        self.views = {name: kept for name, kept in self.views.items() if name != view}

    def others(self, *views: str) -> list[View]:
        """All views without those of these labels."""
        return [kept for name, kept in self.views.items() if name not in views]

    def tables_needed(self) -> set[str]:
        """The tables that some view reads; stopped views do not count."""
        return tables_of(self.views.values())
