"""A committed state as of one moment, for one reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

import pyarrow as pa

from materializers.engines.newest import Changed
from materializers.engines.planned_view import PlannedView
from materializers.engines.position import Position
from materializers.engines.stored_view import StoredView

Seen = TypeVar("Seen", bound=PlannedView, contravariant=True)


class Snapshot(Protocol[Seen]):
    """Later commits do not change its answers. One thread uses it."""

    def position(self) -> Position:
        """The position of the state."""

    def entry(self, label: str) -> StoredView | None:
        """The view of that label; None where there is none."""

    def outbox_start(self, view: Seen) -> int | None:
        """The version after which the view's outbox is complete; None where the state has another
        build of the view."""

    def changes(self, view: Seen, after: int, until: int) -> Changed:
        """The changes in (after, until], the last one of each key."""

    def rows(self, view: Seen) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The view's rows, streamed, and their Arrow schema."""

    def changes_waiting(self, view: Seen) -> int:
        """The number of changes in the view's outbox."""


OpenSnapshot = Callable[[str], AbstractContextManager[Snapshot[Seen]]]
"""A snapshot for a step, which is named in the messages of its errors. Raises StateError where the
state is closed or cannot be read, in the block too."""
