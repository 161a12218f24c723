"""What an engine stores of its views, as the common builder of views sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol

from cdc.contract.schemas import TableSchema
from materializers.engines.position import Position
from materializers.engines.revision import View


class Outgrown(Exception):
    """A number has more digits than narrow numerics have; nothing has changed."""


@dataclass(frozen=True, slots=True)
class Adopted(Generic[View]):
    """A view that was copied from another state. `known`: table schemas that are new here."""

    view: View
    known: Mapping[str, TableSchema]
    position: Position


class ViewState(Protocol[View]):
    """Each method is one transaction of the writing thread; where it raises, nothing has changed.
    `others`: the views besides those that the call is about."""

    def lacks(self, table: str, columns: frozenset[str]) -> bool:
        """Whether a column of a stored table is not stored."""

    def as_stored(self, table: str, schema: TableSchema) -> TableSchema:
        """The table's schema, with a column as nullable if it has a NULL."""

    def declare(
        self, view: View, schemas: Mapping[str, TableSchema], known: Mapping[str, TableSchema]
    ) -> None:
        """Store a view that is not built, in place of the one of its label, and `known`, the
        schemas that are new. Raises ViewError, StateError."""

    def build(self, view: View) -> View:
        """Fill a view's tables from the input tables at the present cut, in place of those of its
        label. Raises ViewError where its rows cannot be computed, Outgrown where those of a view
        without wide numerics need wide ones."""

    def promote(self, coming: View, promoted: View, others: Sequence[View]) -> View:
        """Rename the build `coming` to `promoted`, in place of the build of that label."""

    def forget(self, view: str, others: Sequence[View]) -> None:
        """Remove a view; without others also the position and all schemas."""

    def adopt(self, rebuilt: Path, view: str) -> Adopted[View]:
        """See `ViewBuilder.adopt`."""
