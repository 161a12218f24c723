"""A view as an engine tells of it."""

from __future__ import annotations

from typing import Protocol

from materializers.view import ViewDefinition, ViewSchema


class EngineView(Protocol):
    """One build of a view, as of the batch or the change that made this object: it stays as it is,
    and a later look at the engine's `views` gives another."""

    @property
    def name(self) -> str:
        """Its label: the view's name but for a build beside the live one (`label.py`)."""

    @property
    def schema(self) -> ViewSchema: ...

    @property
    def generation(self) -> int:
        """Which build it is: never that of another build of the same view."""

    @property
    def rows(self) -> int:
        """How many rows it has."""

    @property
    def is_built(self) -> bool:
        """False from its declaration to the first exact batch."""

    @property
    def failure(self) -> str | None:
        """Why it has stopped, in one line; None while batches move it."""

    @property
    def is_outdated(self) -> bool:
        """Whether it stopped and the source's tables have changed: planned anew, it may go on."""

    def is_of(self, definition: ViewDefinition, key: tuple[str, ...] | None) -> bool:
        """Whether that is the SQL it is kept by, the views it reads included, and the key that
        its sinks give."""
