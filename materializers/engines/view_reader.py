"""Reading an engine's views: all that deliveries, control and readers need of it."""

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
    """Any thread may call it while one thread applies batches: each answer is as of one batch.
    Views are named by their labels (`label.py`). After the engine is closed every call raises
    StateError."""

    @property
    def folder(self) -> Path:
        """The state's folder; readers may put temporary files there too."""

    @property
    def views(self) -> Mapping[str, EngineView]:
        """By label, as of the last batch; a returned mapping does not change."""

    @property
    def cut(self) -> Cut | None:
        """The last exact cut applied; None before the first."""

    @property
    def is_exact(self) -> bool:
        """False between the batches of one long cut, when no view can be read in full."""

    def view(self, label: str, build: int | None = None) -> EngineView:
        """The view of that label; raises OtherBuild where there is none or, with `build`, where it
        is another build."""

    def has_since(self, view: str, version: int) -> bool:
        """Whether `step` can still return every change after that version."""

    def step(
        self, view: str, after: int, build: int | None = None, *, upto: Step | None = None
    ) -> Step | None:
        """The changes in (after, newest exact cut], the last one of each key; None where the view
        is at no later cut. `upto`: a full read up to whose cut the changes are wanted. A stopped
        view stays at its last good cut. Raises OtherBuild where the view's build is not `build`,
        OutboxTrimmed where changes after `after` have been removed."""

    def again(self, view: str, after: int, build: int, also: Also) -> Step | None:
        """As `step`, with further rows of the view at the same cut, chosen by `also`. None where
        the view is not at an exact cut now."""

    def full(self, view: str, build: int | None = None) -> Step:
        """All rows of the view at the newest exact cut (a stopped view: at its last good cut). They
        are streamed; later batches do not change them, and resources are held until `upserts` is
        exhausted. Between the batches of one long cut it waits for the cut. Raises StateError where
        the cut does not come in time or the engine is closed, OtherBuild where the view's build is
        not `build`, ViewError where the view has stopped between two cuts."""

    def whole(self, view: str, timeout_s: float) -> WholeView:
        """All rows of the view's present build at the newest exact cut; waits as `full` does, for
        `timeout_s`. Raises ViewError where an error has stopped the view, too."""

    def changes_waiting(self, view: str) -> int:
        """The number of the view's changes that have not been trimmed."""

    def explain(self, view: str) -> dict[str, Any]:
        """The view's plan, how each relation is maintained, and the sizes of its state. Any: it is
        printed as JSON, or by `plan_lines.py`."""

    def explain_definition(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
    ) -> dict[str, Any]:
        """The same for a view that is not in the engine, over these tables, without sizes. Raises
        ViewError with the place underlined."""

    def storage(self) -> dict[str, Any]:
        """Rows and bytes of the state: `file_bytes`, `inputs` by table, `views` by label, each with
        its rows, its outbox and a list of operators. Any: it is printed as JSON."""
