"""Reads a state, in any thread: views' rows, changes, plans and sizes.

One thread writes; each reader has a snapshot of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pyarrow as pa

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from materializers.engines.row_engine.catalogue import Catalogue, view_spaces
from materializers.engines.row_engine.entries import (
    META,
    read_position,
    read_tally,
    read_view,
)
from materializers.engines.row_engine.explain import explain, planned, storage
from materializers.engines.row_engine.newest import NOTHING, Changed
from materializers.engines.row_engine.row_view import RowView
from materializers.engines.row_engine.state_file import StateFile, state_errors
from materializers.engines.rows.operators.output import count, since
from materializers.engines.rows.store.store import Reader
from materializers.engines.stored_view import StoredView
from materializers.engines.view_reader import Also
from materializers.engines.whole_view import WholeView
from materializers.errors import OtherBuild, OutboxTrimmed, StateError, ViewError
from materializers.step import Step
from materializers.view import ViewDefinition

EXACT_CUT_TIMEOUT_S = 600.0
"""The longest wait of a full read while the state is between two cuts."""


class RowViewReader:
    """`ViewReader` over a state; one snapshot an answer."""

    def __init__(self, file: StateFile, catalogue: Catalogue) -> None:
        self._file, self._catalogue = file, catalogue

    def explain(self, view: str) -> dict[str, Any]:
        """The view's plan and state; see `explain.py`."""
        with self._file.reading("Explaining a view") as reader:
            return explain(reader, self._catalogue, self._catalogue.kept(view))

    def explain_definition(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
    ) -> dict[str, Any]:
        """The same for a view that is not in the state; raises ViewError."""
        stored = StoredView.new(definition, schemas, key=key)
        return planned(self._catalogue, RowView.of(stored, self._catalogue.functions), schemas)

    def storage(self) -> dict[str, Any]:
        """Rows and bytes of the state. Any: it is printed as JSON."""
        with self._file.reading("Measuring the state") as reader:
            return storage(reader, self._file.path, self._catalogue)

    def has_since(self, view: str, version: int) -> bool:
        """Whether the outbox holds every change after that version."""
        kept = self._catalogue.kept(view)
        return kept.is_built and version >= kept.stored.outbox_from

    def step(
        self, view: str, after: int, build: int | None = None, *, upto: Step | None = None
    ) -> Step | None:
        """See `ViewReader.step`."""
        kept, cut = self._catalogue.kept(view, build), self._file.state.position.cut
        version = upto.version if upto is not None else cut.version if cut is not None else -1
        if cut is None or not kept.is_kept or version <= after:
            return None
        changed = self._newest(kept, after, version)
        if changed is None:
            with self._file.reading(f"Reading view {view}") as reader:
                _require_since(reader, kept, after)
                changed = _changes(reader, kept, after, version)
        text = upto.cut if upto is not None else cut.to_json().decode()
        return Step(version, text, changed.upserts, changed.deletes)

    def _newest(self, view: RowView, after: int, until: int) -> Changed | None:
        """The changes in (after, until], if they are those of the last batch."""
        newest = self._catalogue.newest.get(view.name)
        if self._file.state.is_closed or newest is None or newest.build != view.generation:
            return None
        return newest.since(after, until)

    def again(self, view: str, after: int, build: int, also: Also) -> Step | None:
        """See `ViewReader.again`."""
        kept = self._catalogue.kept(view, build)
        with self._file.reading(f"Reading view {view}") as reader:
            position = read_position(reader.space(META))
            if position.cut is None or not position.is_exact or not kept.is_kept:
                return None
            _require_since(reader, kept, after)
            version = position.cut.version
            changed = _changes(reader, kept, after, version)
            further = also(changed.upserts, _all_rows(reader, kept))
        cut, upserts = position.cut.to_json().decode(), [*changed.upserts, *further]
        return Step(version, cut, upserts, changed.deletes)

    def full(self, view: str, build: int | None = None) -> Step:
        """See `ViewReader.full`: one streaming snapshot, held until `upserts` is exhausted."""
        kept, reader, stored, cut = self._at_exact_cut(view, build, EXACT_CUT_TIMEOUT_S)
        if stored.failure is not None:
            try:
                cut = _cut_of_stopped(stored)
            except ViewError:
                reader.close()
                raise
        return Step(cut.version, cut.to_json().decode(), self._streamed(reader, kept), [])

    def whole(self, view: str, timeout_s: float) -> WholeView:
        """See `ViewReader.whole`."""
        kept, reader, stored, cut = self._at_exact_cut(view, None, timeout_s)
        if stored.failure is not None:
            reader.close()
            raise ViewError(stored.failure)
        rows = self._streamed(reader, kept)
        return WholeView(cut, kept.schema, kept.codec.schema, rows, reader.close)

    def _at_exact_cut(
        self, view: str, build: int | None, timeout_s: float
    ) -> tuple[RowView, Reader, StoredView, Cut]:
        """The view and a snapshot at an exact cut. Waits for one; raises StateError after
        `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while True:
            kept, reader = self._catalogue.kept(view, build), self._file.reader()
            try:
                with state_errors(self._file.path, f"Reading view {view}"):
                    meta = reader.space(META)
                    position, stored = read_position(meta), read_view(meta, kept.name)
            except BaseException:
                reader.close()
                raise
            is_same = stored is not None and stored.generation == kept.generation
            if stored is not None and is_same and stored.is_built:
                if position.cut is not None and position.is_exact:
                    return kept, reader, stored, position.cut
            reader.close()
            if is_same:
                self._wait_for_cut(view, deadline - time.monotonic())
            elif time.monotonic() > deadline:
                raise OtherBuild(f"View {view} has another build now.")
            # else a build has been committed that is shown in a moment

    def _wait_for_cut(self, view: str, timeout_s: float) -> None:
        def is_there() -> bool:
            kept, is_exact = self._catalogue.views.get(view), self._file.state.position.is_exact
            return kept is None or (is_exact and kept.is_built)

        if not self._file.state.wait_for(is_there, timeout_s):
            raise StateError(f"View {view}: no exact cut came in time.")

    def rows(self, view: str) -> Iterator[pa.RecordBatch]:
        """The view's rows as last committed, streamed."""
        return self._streamed(self._file.reader(), self._catalogue.kept(view))

    def changes_waiting(self, view: str) -> int:
        """The number of the view's changes that some sink has not received."""
        _, outbox = view_spaces(view)
        with self._file.reading(f"Reading view {view}") as reader:
            space = reader.space(outbox)
            return 0 if space is None else count(space)

    def _streamed(self, reader: Reader, view: RowView) -> Iterator[pa.RecordBatch]:
        with closing(reader), state_errors(self._file.path, f"Reading view {view.name}"):
            yield from _all_rows(reader, view)


def _all_rows(reader: Reader, view: RowView) -> Iterator[pa.RecordBatch]:
    space = reader.space(view_spaces(view.name)[0])
    if space is not None:
        yield from view.codec.rows(data for _, data in space.scan())


def _changes(reader: Reader, view: RowView, after: int, until: int) -> Changed:
    space = reader.space(view_spaces(view.name)[1])
    if space is None:
        return NOTHING
    upserts, deletes = since(space, after, until)
    return Changed(list(view.codec.rows(upserts)), list(view.codec.keys(deletes)))


def _outbox_start(reader: Reader, view: RowView) -> int:
    """The version after which the outbox is complete, as of the snapshot; raises OtherBuild where
    the snapshot has another build of the view."""
    _, start, build = read_tally(reader.space(META), view.name) or (0, 0, None)
    if build != view.generation:
        raise OtherBuild(f"View {view.name} has another build now.")
    return start


def _require_since(reader: Reader, view: RowView, after: int) -> None:
    if after < _outbox_start(reader, view):
        raise OutboxTrimmed(f"View {view.name}: its outbox no longer reaches back to {after}.")


def _cut_of_stopped(stored: StoredView) -> Cut:
    if not stored.stopped_at:
        raise ViewError(
            "it stopped between two cuts, so its rows are not exact",
            fix="correct the view or the row; then it is built again",
        )
    return Cut.from_json(stored.stopped_at)
