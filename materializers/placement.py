"""Decides which engine maintains a view: small batches are cheaper row by row, large ones in bulk.

Measured (`benchmarks/small_batches.py`): up to some hundred changes a batch the row engine costs a
tenth and less of DuckDB, at 2,000 as much, at 20,000 five times as much.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from cdc.errors import RederiveError
from cdc.unexpected import as_rederive_error
from materializers.engines.engine import Engine
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.hybrid.groups import Group, Place
from materializers.engines.label import is_next
from materializers.engines.opening import AUTO
from materializers.errors import RebuildError, ViewError

LOOK_INTERVAL_S = 0.5
BATCHES = 8
"""The number of batches by which the load is judged."""
SMALL_ROWS_MAX = 1_500
LARGE_ROWS_MIN = 5_000
CALM_S = 2.0
"""Batches must be small for this time before views are handed over to the row engine."""
RETRY_FIRST_S, RETRY_MAX_S = 10.0, 600.0

log = logging.getLogger("rederive.materialize")

Start = Callable[[HybridEngine, Group, Place], None]
"""Hands the views of a group over; may take long. Raises RederiveErrors where they stay."""


def placement(engine: Engine, setting: str, start: Start) -> Placement | FixedPlacement:
    """The placement for an engine. `setting`: `engine` under `[pipeline]`."""
    if not isinstance(engine, HybridEngine):
        return FixedPlacement()
    return Placement(engine, start, is_bulk_only=setting != AUTO)


class Placement:
    """Called by the writing thread; hand-overs run in a thread of their own, one at a time.
    `is_bulk_only`: views of the row engine go back to bulk, and stay."""

    def __init__(self, engine: HybridEngine, start: Start, *, is_bulk_only: bool) -> None:
        self._engine, self._start, self._is_bulk_only = engine, start, is_bulk_only
        self._recent: deque[int] = deque(maxlen=BATCHES)
        self._calm_since = time.monotonic()
        self._worker: threading.Thread | None = None
        self._due = 0.0
        self._refused: dict[frozenset[tuple[str, int]], float] = {}
        self._pause_s = RETRY_FIRST_S
        self._away = 0
        self._one_by_one = False

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nothing is handed over meanwhile: what somebody waits for comes first."""
        self._away += 1
        try:
            yield
        finally:
            self._away -= 1

    @property
    def is_away(self) -> bool:
        """Whether a hand-over that is under way is to end."""
        return self._away > 0

    def note(self, rows: int) -> None:
        """Note that a batch of `rows` records was applied."""
        self._recent.append(rows)
        if rows > SMALL_ROWS_MAX:
            self._calm_since = time.monotonic()

    def turn(self) -> None:
        """Begin a hand-over that is due; returns at once."""
        now = time.monotonic()
        if now < self._due or (self._worker is not None and self._worker.is_alive()):
            return
        self._due = now + LOOK_INTERVAL_S
        if self.is_away or self._engine.cut is None or not self._engine.is_exact:
            return
        wanted = self._wanted(now)
        groups = [group for group in self._engine.groups() if self._may_move(group, wanted, now)]
        if wanted is None or not groups:
            self._one_by_one = self._one_by_one and bool(groups)
            return
        groups = groups[:1] if self._one_by_one else groups
        self._worker = threading.Thread(
            target=self._run, args=(groups, wanted), name="hand-over", daemon=True
        )
        self._worker.start()

    def _wanted(self, now: float) -> Place | None:
        """The engine that suits the load; None where views stay where they are. Where engines are
        compared, DuckDB has every view."""
        full = len(self._recent) == BATCHES
        if self._is_bulk_only or (self._engine.is_checked and self._is_in_rows_alone(now)):
            return Place.BULK
        if full and sum(self._recent) / BATCHES > LARGE_ROWS_MIN:
            return Place.BULK
        return Place.ROWS if now - self._calm_since > CALM_S else None

    def _is_in_rows_alone(self, now: float) -> bool:
        groups = [group for group in self._engine.groups() if group.place is Place.ROWS]
        return any(self._may_move(group, Place.BULK, now) for group in groups)

    def _may_move(self, group: Group, wanted: Place | None, now: float) -> bool:
        if group.place is wanted:
            return False
        views = [self._engine.views[name] for name in group.views]
        if any(is_next(view.name) or not view.is_built or view.failure for view in views):
            return False
        return self._refused.get(self._builds(group), 0.0) <= now

    def _builds(self, group: Group) -> frozenset[tuple[str, int]]:
        views = self._engine.views
        return frozenset((name, views[name].generation) for name in group.views)

    def _run(self, groups: Sequence[Group], place: Place) -> None:
        """In a thread of its own. A failure is logged, and retried ever less often. A view that the
        engine cannot maintain stays where it is until it is edited. Groups are handed over
        together, so that the new engine's state is made once; where that fails, one by one."""
        group = Group(groups[0].place, frozenset[str]().union(*(each.views for each in groups)))
        builds = self._builds(group)
        try:
            self._start(self._engine, group, place)
            self._pause_s = RETRY_FIRST_S
        except RederiveError as error:
            if len(groups) > 1:
                self._one_by_one = not self.is_away
                self._say(group, error, logging.INFO)
            else:
                self._refuse(group, builds, error)
        except Exception as error:
            self._try_later(builds)
            self._say(group, as_rederive_error(error), logging.WARNING)

    def _refuse(
        self, group: Group, builds: frozenset[tuple[str, int]], error: RederiveError
    ) -> None:
        if isinstance(error, ViewError):
            self._refused[builds] = float("inf")
            self._say(group, error, logging.INFO)
        else:
            is_passing = isinstance(error, RebuildError) and not error.fix
            self._try_later(builds)
            self._say(group, error, logging.INFO if is_passing else logging.WARNING)

    def _try_later(self, builds: frozenset[tuple[str, int]]) -> None:
        self._refused[builds] = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, RETRY_MAX_S)

    def _say(self, group: Group, error: RederiveError, level: int) -> None:
        """A fault that somebody should mend, such as two engines that disagree, is a warning."""
        views, fix = ", ".join(sorted(group.views)), f" Fix: {error.fix}" if error.fix else ""
        log.log(level, "views %s stay where they are: %s%s", views, error.logged, fix)


class FixedPlacement:
    """The placement of a pipeline with one engine: no view is handed over."""

    is_away = False

    def away(self) -> AbstractContextManager[None]:
        """Nothing hangs on it."""
        return nullcontext()

    def note(self, rows: int) -> None:
        """Does nothing."""

    def turn(self) -> None:
        """Does nothing."""
