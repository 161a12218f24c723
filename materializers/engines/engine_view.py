"""A view of an engine, as its users see it."""

from __future__ import annotations

from typing import Protocol

from materializers.view import ViewDefinition, ViewSchema


class EngineView(Protocol):
    """One build of a view, as of one batch. The object does not change; the engine's `views` has a
    new one later."""

    @property
    def name(self) -> str:
        """Its label: the view's name, or another one for a build beside the live one
        (`label.py`)."""

    @property
    def schema(self) -> ViewSchema: ...

    @property
    def generation(self) -> int:
        """The build's number, unique among the builds of the view."""

    @property
    def rows(self) -> int:
        """The number of its rows."""

    @property
    def is_built(self) -> bool:
        """False from its declaration to the next exact batch."""

    @property
    def failure(self) -> str | None:
        """Why it has stopped, in one line; None while it is maintained."""

    @property
    def is_outdated(self) -> bool:
        """Whether it stopped and the source's tables have changed since: a new plan may let it go
        on."""

    def is_of(self, definition: ViewDefinition, key: tuple[str, ...] | None) -> bool:
        """Whether SQL, inner views and key are unchanged."""
