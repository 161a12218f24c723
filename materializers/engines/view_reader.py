"""What an engine answers about its views: all that deliveries, control and readers need of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.engines.engine_view import EngineView
from materializers.engines.whole_view import WholeView
from materializers.step import Step
from materializers.view import ViewDefinition

Also = Callable[[list[pa.RecordBatch], Iterator[pa.RecordBatch]], list[pa.RecordBatch]]
"""Picks further rows of a view, given its changed rows and all rows."""


class ViewReader(Protocol):
    """Any thread may ask, while one thread applies batches: each answer is of one moment. Views go
    by their labels (`label.py`). After the engine is closed every answer is a StateError."""

    @property
    def folder(self) -> Path:
        """Where the state lies: what its readers spill may lie there too."""

    @property
    def views(self) -> Mapping[str, EngineView]:
        """By label, as of the last batch; a mapping that was handed out does not change."""

    @property
    def cut(self) -> Cut | None:
        """The last exact cut applied; None before the first."""

    @property
    def is_exact(self) -> bool:
        """False between parts of a long way to a cut, when no view can be read in full."""

    def kept(self, view: str, build: int | None = None) -> EngineView:
        """The view of that label; raises OtherBuild where it is gone or, with `build`, another."""

    def has_since(self, view: str, version: int) -> bool:
        """Whether every change after that version is still there to be had from `step`."""

    def step(
        self, view: str, after: int, build: int | None = None, *, upto: Step | None = None
    ) -> Step | None:
        """What changed in (after, newest exact cut], the last of each key; None where the view is
        at no later cut. `upto`: a full read whose cut is the last one wanted. A stopped view stays
        at its last good cut. Raises OtherBuild where the view's build is not `build`, OutboxTrimmed
        where changes behind `after` are gone."""

    def again(self, view: str, after: int, build: int, also: Also) -> Step | None:
        """As `step`, with further rows of the view at the same cut, which `also` picks. None where
        the view is not at an exact cut now."""

    def full(self, view: str, build: int | None = None) -> Step:
        """The whole view at the newest exact cut, a stopped one's at its last good cut, which later
        batches do not touch; it streams, and holds what that takes until `upserts` is exhausted.
        Between the parts of a long way to a cut it waits for the cut; raises StateError where none
        comes in time or the engine is closed, OtherBuild where the view's build is not `build`,
        ViewError where the view has stopped between two cuts."""

    def whole(self, view: str, timeout_s: float) -> WholeView:
        """The whole view at the newest exact cut, of whatever build is the present one; waits as
        `full` does, for so long. Raises ViewError where an error has stopped the view, too."""

    def changes_waiting(self, view: str) -> int:
        """How many changes of the view have not been trimmed."""

    def explain(self, view: str) -> dict[str, Any]:
        """The view's plan, how each part is kept, and what that takes. Any: it is shown as JSON, or
        as the lines of `plan_lines.py`."""

    def explain_definition(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
    ) -> dict[str, Any]:
        """The same of a view that is not kept here, over those tables, without sizes. Raises
        ViewError with the place underlined."""

    def storage(self) -> dict[str, Any]:
        """Rows and bytes of all there is: `file_bytes`, `inputs` by table, `views` by label, each
        with its rows, its outbox and a list of operators. Any: it is shown as JSON."""
