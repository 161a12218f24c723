"""Reads an engine's views: which build, at which cut, after which wait.

One thread writes; each answer is read in a snapshot of its own (`snapshot.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any, Generic

import pyarrow as pa

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.engines.newest import Changed
from materializers.engines.open_state import OpenState
from materializers.engines.revision import View
from materializers.engines.snapshot import OpenSnapshot, Snapshot
from materializers.engines.stored_view import StoredView
from materializers.engines.view_catalogue import ViewCatalogue
from materializers.engines.view_reader import Also
from materializers.engines.whole_view import WholeView
from materializers.errors import OtherBuild, OutboxTrimmed, StateError, ViewError
from materializers.step import Step
from materializers.view import ViewDefinition

EXACT_CUT_TIMEOUT_S = 600.0
"""The longest wait of a full read while the state is between two cuts."""
_SHOWN_PAUSE_S = 0.001


@dataclass(frozen=True, slots=True)
class _AtCut(Generic[View]):
    """A view in a snapshot at an exact cut. `scope` ends the snapshot."""

    view: View
    entry: StoredView
    cut: Cut
    snapshot: Snapshot[View]
    scope: ExitStack


class StoredViewReader(Generic[View]):
    """The part of `ViewReader` that reads views. `explain`: see `ViewReader.explain`; of a view
    that is not built it gives no sizes. `errors`: raises the errors of a step, which it is given
    the name of, as StateErrors."""

    def __init__(
        self,
        state: OpenState,
        catalogue: ViewCatalogue[View],
        snapshot: OpenSnapshot[View],
        explain: Callable[[View], dict[str, Any]],
        errors: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        self._state, self._catalogue = state, catalogue
        self._snapshot, self._explain, self._errors = snapshot, explain, errors

    def explain(self, view: str) -> dict[str, Any]:
        """See `ViewReader.explain`."""
        return self._explain(self._catalogue.view(view))

    def explain_definition(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
    ) -> dict[str, Any]:
        """See `ViewReader.explain_definition`."""
        stored = StoredView.new(definition, schemas, key=key)
        return self._explain(self._catalogue.plan_apart(stored))

    def has_since(self, view: str, version: int) -> bool:
        """See `ViewReader.has_since`."""
        planned = self._catalogue.view(view)
        return planned.is_built and version >= planned.stored.outbox_from

    def step(
        self, view: str, after: int, build: int | None = None, *, upto: Step | None = None
    ) -> Step | None:
        """See `ViewReader.step`."""
        planned, cut = self._catalogue.view(view, build), self._state.position.cut
        version = upto.version if upto is not None else cut.version if cut is not None else -1
        if cut is None or not planned.is_maintained or version <= after:
            return None
        changed = self._newest(planned, after, version)
        if changed is None:
            with self._snapshot(f"Reading view {view}") as snapshot:
                # as of this snapshot: a switch or a trim may have been committed in between
                _require_since(snapshot, planned, after)
                changed = snapshot.changes(planned, after, version)
        text = upto.cut if upto is not None else cut.to_json().decode()
        return Step(version, text, changed.upserts, changed.deletes)

    def _newest(self, view: View, after: int, until: int) -> Changed | None:
        """The changes in (after, until], if they are those of the last batch."""
        newest = self._catalogue.newest.get(view.name)
        if self._state.is_closed or newest is None or newest.build != view.generation:
            return None
        return newest.since(after, until)

    def again(self, view: str, after: int, build: int, also: Also) -> Step | None:
        """See `ViewReader.again`."""
        planned = self._catalogue.view(view, build)
        with self._snapshot(f"Reading view {view}") as snapshot:
            position = snapshot.position()
            if position.cut is None or not position.is_exact or not planned.is_maintained:
                return None
            _require_since(snapshot, planned, after)
            changed = snapshot.changes(planned, after, position.cut.version)
            further = also(changed.upserts, snapshot.rows(planned)[1])
        cut, upserts = position.cut, [*changed.upserts, *further]
        return Step(cut.version, cut.to_json().decode(), upserts, changed.deletes)

    def full(self, view: str, build: int | None = None) -> Step:
        """See `ViewReader.full`: one snapshot, held until `upserts` is exhausted."""
        at = self._at_exact_cut(view, build, EXACT_CUT_TIMEOUT_S)
        with at.scope:
            cut = at.cut if at.entry.failure is None else _cut_of_stopped(at.entry)
            _, rows = at.snapshot.rows(at.view)
            rows = self._streamed(rows, view, at.scope.pop_all())
        return Step(cut.version, cut.to_json().decode(), rows, [])

    def whole(self, view: str, timeout_s: float) -> WholeView:
        """See `ViewReader.whole`."""
        at = self._at_exact_cut(view, None, timeout_s)
        with at.scope:
            if at.entry.failure is not None:
                raise ViewError(at.entry.failure)
            types, rows = at.snapshot.rows(at.view)
            scope = at.scope.pop_all()
        streamed = self._streamed(rows, view, scope)
        return WholeView(at.cut, at.view.schema, types, streamed, scope.close)

    def _at_exact_cut(self, view: str, build: int | None, timeout_s: float) -> _AtCut[View]:
        """The view in a snapshot at an exact cut; waits for one. Raises StateError after
        `timeout_s`, and ViewError at once where the view stopped before it had rows."""
        deadline = time.monotonic() + timeout_s
        while True:
            planned = self._catalogue.view(view, build)
            with ExitStack() as scope:
                snapshot = scope.enter_context(self._snapshot(f"Reading view {view}"))
                position, entry = snapshot.position(), snapshot.entry(view)
                is_same = entry is not None and entry.generation == planned.generation
                if entry is not None and is_same and not entry.is_built and entry.failure:
                    raise ViewError(entry.failure)
                if entry is not None and is_same and entry.is_built and position.is_exact:
                    if position.cut is not None:
                        return _AtCut(planned, entry, position.cut, snapshot, scope.pop_all())
            if is_same:
                self._wait_for_cut(view, deadline - time.monotonic())
            elif time.monotonic() > deadline:
                raise OtherBuild(
                    f"View {view} gets another build just now.", fix="read it again in a moment"
                )
            else:
                time.sleep(_SHOWN_PAUSE_S)  # a build is committed, and shown in a moment

    def _streamed(
        self, rows: Iterator[pa.RecordBatch], view: str, scope: ExitStack
    ) -> Iterator[pa.RecordBatch]:
        with self._errors(f"Reading view {view}"), scope:
            yield from rows

    def _wait_for_cut(self, view: str, timeout_s: float) -> None:
        def is_there() -> bool:
            planned = self._catalogue.views.get(view)
            if planned is None or planned.failure is not None:
                return True
            return self._state.position.is_exact and planned.is_built

        if not self._state.wait_for(is_there, timeout_s):
            raise StateError(f"View {view}: no exact cut came in time.")

    def rows(self, view: str) -> Iterator[pa.RecordBatch]:
        """The view's rows as last committed, streamed."""
        planned = self._catalogue.view(view)
        with self._snapshot(f"Reading view {view}") as snapshot:
            yield from snapshot.rows(planned)[1]

    def changes_waiting(self, view: str) -> int:
        """See `ViewReader.changes_waiting`."""
        planned = self._catalogue.view(view)
        with self._snapshot(f"Reading view {view}") as snapshot:
            return snapshot.changes_waiting(planned)


def _require_since(snapshot: Snapshot[View], view: View, after: int) -> None:
    start = snapshot.outbox_start(view)
    if start is None:
        raise OtherBuild(f"View {view.name} has another build now.")
    if after < start:
        raise OutboxTrimmed(f"View {view.name}: its outbox no longer reaches back to {after}.")


def _cut_of_stopped(entry: StoredView) -> Cut:
    """The cut of a stopped view's rows."""
    if not entry.stopped_at:
        raise ViewError(
            "it stopped between two cuts, so its rows are not exact",
            fix="correct the view or the row; then it is built again",
        )
    return Cut.from_json(entry.stopped_at)
