"""What any thread may ask of a state file: a view's rows, its changes, its plan and sizes.

One thread writes; each reader has a cursor, and with it a transaction, of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from cdc.contract.cut import Cut
from materializers.engines.duckdb.explain import Size, explain, sizes
from materializers.engines.duckdb.kept_view import KeptView
from materializers.engines.duckdb.state import Position, read_position
from materializers.engines.duckdb.storage import storage
from materializers.engines.whole_view import WholeView
from materializers.errors import OtherBuild, OutboxTrimmed, StateError, ViewError
from materializers.step import Step

EXACT_CUT_TIMEOUT_S = 600.0
"""How long a full read waits while the state is between two cuts."""
LOOKS = 20
LOOK_PAUSE_S = 0.05

Found = TypeVar("Found")
Also = Callable[[list[pa.RecordBatch], Iterator[pa.RecordBatch]], list[pa.RecordBatch]]


class ViewReader:
    """The side of the engine that reads; `views`: by name, as last committed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.path = path
        self.views: dict[str, KeptView] = {}
        self._readers = connection.cursor()
        self._lock = threading.Lock()
        self._moved = threading.Condition()
        self._is_closed = False
        self._position = Position(None, {}, True)

    @property
    def cut(self) -> Cut | None:
        """The last exact cut applied."""
        return self._position.cut

    @property
    def offsets(self) -> Mapping[str, tuple[int, ...]]:
        """Topic -> the next offset to read per partition, stored with the rows."""
        return self._position.offsets

    @property
    def is_exact(self) -> bool:
        """False between parts of a long way to a cut, when no view can be read in full."""
        return self._position.is_exact

    def explain(self, view: str) -> dict[str, Any]:
        """The view's plan, and what keeps it; see `materializers.engines.duckdb.explain`."""
        return self.explain_view(self.views[view])

    def explain_view(self, view: KeptView) -> dict[str, Any]:
        """The same of a view that need not be kept here."""
        return self._found(lambda cursor: explain(cursor, view, self.views.values()))

    def storage(self) -> dict[str, Any]:
        """Rows and bytes of all there is: the file, each input table once, and per view its rows,
        its outbox and its operators' state. Any: it is shown as JSON."""
        return self._found(lambda cursor: storage(cursor, self.path, list(self.views.values())))

    def sizes(self, view: str) -> Mapping[str, Size]:
        """Rows and bytes of every table that keeps the view."""
        return self._found(lambda cursor: sizes(cursor, self.views[view]))

    def _found(self, look: Callable[[duckdb.DuckDBPyConnection], Found]) -> Found:
        """What is found in one transaction. A view may have come or gone between the list of views
        and its tables: then it is looked for anew."""
        for remaining in reversed(range(LOOKS)):
            cursor = self._cursor()
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

    def kept(self, view: str, build: int | None = None) -> KeptView:
        """The view of that label; raises OtherBuild where it is gone or, with `build`, another."""
        kept = self.views.get(view)
        if kept is None or build not in (None, kept.generation):
            raise OtherBuild(f"View {view} has another build now.")
        return kept

    def has_since(self, view: str, version: int) -> bool:
        """Whether the outbox holds every change after that version."""
        kept = self.views[view]
        return kept.is_built and version >= kept.stored.outbox_from

    def step(
        self, view: str, after: int, build: int | None = None, *, upto: Step | None = None
    ) -> Step | None:
        """What changed in (after, newest exact cut], the last of each key; None where the view is
        at no later cut. `upto`: a full read whose cut is the last one wanted. A stopped view stays
        at its last good cut. Raises OtherBuild where the view's build is not `build`, OutboxTrimmed
        where changes behind `after` are gone."""
        kept, cut = self.kept(view, build), self.cut
        version = upto.version if upto is not None else cut.version if cut is not None else -1
        if cut is None or not kept.is_kept or version <= after:
            return None
        cursor = self._cursor()
        try:
            cursor.execute("BEGIN")
            # As of this transaction: a switch or a trim may have been committed since
            start = _outbox_start(cursor, kept)
            if after < start:
                raise OutboxTrimmed(f"View {view}: its outbox no longer reaches back to {after}.")
            upserts, deletes = kept.outbox.changes(cursor, after, version)
        finally:
            cursor.close()
        text = upto.cut if upto is not None else cut.to_json().decode()
        return Step(version, text, upserts, deletes)

    def again(self, view: str, after: int, build: int, also: Also) -> Step | None:
        """As `step`, with further rows of the view at the same cut: `also` picks them, given the
        changes and all rows. None where the view is not at an exact cut now."""
        kept, cursor = self.kept(view, build), self._cursor()
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
        """The whole view at the newest exact cut, a stopped one's at its last good cut, as one read
        transaction that streams: it is held until `upserts` is exhausted. Between the parts of a
        long way to a cut it waits for the cut; raises StateError where none comes in time or the
        engine is closed, OtherBuild where the view's build is not `build`, ViewError where the view
        has stopped between two cuts."""
        kept, cursor, cut = self._at_exact_cut(view, build, EXACT_CUT_TIMEOUT_S)
        try:
            if (stopped := _stopped(cursor, kept)) is not None:
                cut = stopped.cut
        except ViewError:
            cursor.close()
            raise
        return Step(cut.version, cut.to_json().decode(), _streamed(cursor, kept), [])

    def whole(self, view: str, timeout_s: float) -> WholeView:
        """The whole view at the newest exact cut, of whatever build is the present one; waits as
        `full` does, for so long. Raises ViewError where an error has stopped the view, too."""
        kept, cursor, cut = self._at_exact_cut(view, None, timeout_s)
        try:
            if (stopped := _stopped(cursor, kept)) is not None:
                raise ViewError(stopped.why)
            return WholeView(cut, kept.schema, kept.outbox.reader(cursor), cursor.close)
        except BaseException:
            cursor.close()
            raise

    def _at_exact_cut(
        self, view: str, build: int | None, timeout_s: float
    ) -> tuple[KeptView, duckdb.DuckDBPyConnection, Cut]:
        """A transaction as of an exact cut, which it waits for."""
        deadline = time.monotonic() + timeout_s
        while True:
            kept, cursor = self.kept(view, build), self._cursor()
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
            kept = self.views.get(view)
            return self._is_closed or kept is None or (self.is_exact and kept.is_built)

        with self._moved:
            if not self._moved.wait_for(is_there, max(0.0, timeout_s)):
                raise StateError(f"View {view}: no exact cut came in time.")

    def rows(self, view: str) -> Iterator[pa.RecordBatch]:
        """The view's rows as last committed, streamed."""
        return _streamed(self._cursor(), self.views[view])

    def changes_waiting(self, view: str) -> int:
        """How many changes of the view some sink has yet to receive."""
        cursor = self._cursor()
        try:
            return self.views[view].outbox.length(cursor)
        finally:
            cursor.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._is_closed:
                raise StateError(f"The state file {self.path} is closed.")
            return self._readers.cursor()


def _outbox_start(cursor: duckdb.DuckDBPyConnection, view: KeptView) -> int:
    """From which version on the outbox is complete, in the cursor's transaction; raises OtherBuild
    where the tables of that name are of another build there."""
    rows = cursor.execute(
        "SELECT outbox_from FROM rederive.views WHERE name = ? AND generation = ?",
        [view.name, view.generation],
    ).fetchall()
    if not rows:
        raise OtherBuild(f"View {view.name} has another build now.")
    return int(rows[0][0])


@dataclass(frozen=True, slots=True)
class _Stopped:
    """Why a view has stopped, and the cut that its rows are of."""

    why: str
    at: str

    @property
    def cut(self) -> Cut:
        if not self.at:
            raise ViewError(
                "it stopped on the way to a cut, and its rows are of none",
                fix="mend the view or the row: it is built anew then",
            )
        return Cut.from_json(self.at)


def _stopped(cursor: duckdb.DuckDBPyConnection, view: KeptView) -> _Stopped | None:
    """None where it has not, in the cursor's transaction."""
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
