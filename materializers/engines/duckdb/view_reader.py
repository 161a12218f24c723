"""Reads a state file, in any thread: views' rows, changes, plans and sizes.

One thread writes; each reader has a cursor and a transaction of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.unexpected import as_rederive_error
from materializers.engines.duckdb.catalogue import Catalogue
from materializers.engines.duckdb.explain import Size, explain, sizes
from materializers.engines.duckdb.kept_view import KeptView
from materializers.engines.duckdb.state import read_position
from materializers.engines.duckdb.storage import storage
from materializers.engines.duckdb.store import Store
from materializers.engines.stored_view import StoredView
from materializers.engines.view_reader import Also
from materializers.engines.whole_view import WholeView
from materializers.errors import OtherBuild, OutboxTrimmed, StateError, ViewError
from materializers.step import Step
from materializers.view import ViewDefinition

EXACT_CUT_TIMEOUT_S = 600.0
"""The longest wait of a full read while the state is between two cuts."""
LOOKS = 20
LOOK_PAUSE_S = 0.05

Found = TypeVar("Found")


def _read(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The reader's batches; raises StateError where they cannot be read."""
    try:
        yield from reader
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        reason = as_rederive_error(error).message if isinstance(error, OSError) else str(error)
        raise StateError(f"The rows cannot be read: {reason}.") from error


class DuckDBViewReader:
    """`ViewReader` over a store; one transaction an answer."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store, self._catalogue = store, catalogue

    def explain(self, view: str) -> dict[str, Any]:
        """The view's plan and state; see `materializers.engines.duckdb.explain`."""
        return self._explained(self._catalogue.views[view])

    def explain_definition(
        self,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
    ) -> dict[str, Any]:
        """The same for a view that is not in the state; raises ViewError."""
        stored = StoredView.new(definition, schemas, key=key)
        return self._explained(KeptView.of(stored, self._catalogue.planning.apart()))

    def _explained(self, view: KeptView) -> dict[str, Any]:
        return self._found(lambda cursor: explain(cursor, view, self._catalogue.views.values()))

    def storage(self) -> dict[str, Any]:
        """Rows and bytes of the state: the file, each input table once, and for each view its rows,
        its outbox and its operators' state. Any: it is printed as JSON."""
        return self._found(
            lambda cursor: storage(cursor, self._store.path, list(self._catalogue.views.values()))
        )

    def sizes(self, view: str) -> Mapping[str, Size]:
        """Rows and bytes of the view's tables."""
        return self._found(lambda cursor: sizes(cursor, self._catalogue.views[view]))

    def _found(self, look: Callable[[duckdb.DuckDBPyConnection], Found]) -> Found:
        """The result of `look` in one transaction; repeated where a view's tables have been dropped
        since the catalogue was read."""
        for remaining in reversed(range(LOOKS)):
            cursor = self._store.cursor()
            try:
                cursor.execute("BEGIN")
                return look(cursor)
            except duckdb.CatalogException:
                if not remaining:
                    raise
            finally:
                cursor.close()
            time.sleep(LOOK_PAUSE_S)
        raise AssertionError

    def has_since(self, view: str, version: int) -> bool:
        """Whether the outbox holds every change after that version."""
        kept = self._catalogue.views[view]
        return kept.is_built and version >= kept.stored.outbox_from

    def step(
        self, view: str, after: int, build: int | None = None, *, upto: Step | None = None
    ) -> Step | None:
        """See `ViewReader.step`."""
        kept, cut = self._catalogue.kept(view, build), self._store.state.position.cut
        version = upto.version if upto is not None else cut.version if cut is not None else -1
        if cut is None or not kept.is_kept or version <= after:
            return None
        cursor = self._store.cursor()
        try:
            cursor.execute("BEGIN")
            # as of this transaction: a switch or a trim may have been committed in between
            start = _outbox_start(cursor, kept)
            if after < start:
                raise OutboxTrimmed(f"View {view}: its outbox no longer reaches back to {after}.")
            upserts, deletes = kept.outbox.changes(cursor, after, version)
        finally:
            cursor.close()
        text = upto.cut if upto is not None else cut.to_json().decode()
        return Step(version, text, upserts, deletes)

    def again(self, view: str, after: int, build: int, also: Also) -> Step | None:
        """See `ViewReader.again`."""
        kept, cursor = self._catalogue.kept(view, build), self._store.cursor()
        try:
            cursor.execute("BEGIN")
            position = read_position(cursor)
            if position.cut is None or not position.is_exact or not kept.is_kept:
                return None
            if after < _outbox_start(cursor, kept):
                raise OutboxTrimmed(f"View {view}: its outbox no longer reaches back to {after}.")
            version = position.cut.version
            upserts, deletes = kept.outbox.changes(cursor, after, version)
            further = also(upserts, kept.outbox.all_rows(cursor))
        finally:
            cursor.close()
        return Step(version, position.cut.to_json().decode(), [*upserts, *further], deletes)

    def full(self, view: str, build: int | None = None) -> Step:
        """See `ViewReader.full`: one streaming read transaction, held until `upserts` is
        exhausted."""
        kept, cursor, cut = self._at_exact_cut(view, build, EXACT_CUT_TIMEOUT_S)
        try:
            if (stopped := _stopped(cursor, kept)) is not None:
                cut = stopped.cut
        except ViewError:
            cursor.close()
            raise
        return Step(cut.version, cut.to_json().decode(), _streamed(cursor, kept), [])

    def whole(self, view: str, timeout_s: float) -> WholeView:
        """See `ViewReader.whole`."""
        kept, cursor, cut = self._at_exact_cut(view, None, timeout_s)
        try:
            if (stopped := _stopped(cursor, kept)) is not None:
                raise ViewError(stopped.why)
            reader = kept.outbox.reader(cursor)
            return WholeView(cut, kept.schema, reader.schema, _read(reader), cursor.close)
        except BaseException:
            cursor.close()
            raise

    def _at_exact_cut(
        self, view: str, build: int | None, timeout_s: float
    ) -> tuple[KeptView, duckdb.DuckDBPyConnection, Cut]:
        """A read transaction at an exact cut; waits for one. Raises StateError after
        `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while True:
            kept, cursor = self._catalogue.kept(view, build), self._store.cursor()
            cursor.execute("BEGIN")
            position = read_position(cursor)
            if position.cut is not None and kept.is_built and position.is_exact:
                break
            cursor.close()
            self._wait_for_cut(view, deadline - time.monotonic())
        try:
            _outbox_start(cursor, kept)
        except OtherBuild:
            cursor.close()
            raise
        return kept, cursor, position.cut

    def _wait_for_cut(self, view: str, timeout_s: float) -> None:
        def is_there() -> bool:
            kept, is_exact = self._catalogue.views.get(view), self._store.state.position.is_exact
            return kept is None or (is_exact and kept.is_built)

        if not self._store.state.wait_for(is_there, timeout_s):
            raise StateError(f"View {view}: no exact cut came in time.")

    def rows(self, view: str) -> Iterator[pa.RecordBatch]:
        """The view's rows as last committed, streamed."""
        return _streamed(self._store.cursor(), self._catalogue.views[view])

    def changes_waiting(self, view: str) -> int:
        """The number of the view's changes that some sink has not received."""
        cursor = self._store.cursor()
        try:
            return self._catalogue.views[view].outbox.length(cursor)
        finally:
            cursor.close()


def _outbox_start(cursor: duckdb.DuckDBPyConnection, view: KeptView) -> int:
    """The version after which the outbox is complete, in the cursor's transaction; raises
    OtherBuild where that transaction has another build of the view."""
    rows = cursor.execute(
        "SELECT outbox_from FROM rederive.views WHERE name = ? AND generation = ?",
        [view.name, view.generation],
    ).fetchall()
    if not rows:
        raise OtherBuild(f"View {view.name} has another build now.")
    return int(rows[0][0])


@dataclass(frozen=True, slots=True)
class _Stopped:
    """Why a view has stopped, and the cut of its rows (JSON text)."""

    why: str
    at: str

    @property
    def cut(self) -> Cut:
        if not self.at:
            raise ViewError(
                "it stopped between two cuts, so its rows are not exact",
                fix="correct the view or the row; then it is built again",
            )
        return Cut.from_json(self.at)


def _stopped(cursor: duckdb.DuckDBPyConnection, view: KeptView) -> _Stopped | None:
    """The failure of a stopped view, in the cursor's transaction; else None."""
    rows = cursor.execute(
        "SELECT failure, stopped_at FROM rederive.views WHERE name = ? AND failure IS NOT NULL",
        [view.name],
    ).fetchall()
    return _Stopped(*map(str, rows[0])) if rows else None


def _streamed(cursor: duckdb.DuckDBPyConnection, view: KeptView) -> Iterator[pa.RecordBatch]:
    try:
        yield from view.outbox.all_rows(cursor)
    finally:
        cursor.close()
