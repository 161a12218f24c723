"""Which engine the load asks for, and which views go together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from materializers import placement
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.hybrid.groups import Group, Place, connected
from materializers.engines.row_engine.engine import RowEngine
from materializers.errors import RebuildError, ViewError
from materializers.placement import BATCHES, LARGE_ROWS_MIN, FixedPlacement, Placement
from tests.unit.shop import NAMES, TOTALS, declare, order
from tests.views.feed import Feed


@pytest.fixture
def hybrid(tmp_path: Path) -> Iterator[HybridEngine]:
    opened = HybridEngine.open(
        tmp_path / "state.duckdb", partial(DuckDBEngine.open, threads=1), RowEngine.open
    )
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches need be small for no time, and each turn looks."""
    monkeypatch.setattr(placement, "CALM_S", -1.0)
    monkeypatch.setattr(placement, "LOOK_INTERVAL_S", 0.0)


class Starts:
    """Hand-overs that were begun; each raises `error`, if there is one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.seen: list[tuple[frozenset[str], Place]] = []
        self.error = error

    def __call__(self, engine: HybridEngine, group: Group, place: Place) -> None:
        self.seen.append((group.views, place))
        if self.error is not None:
            raise self.error


def turn(found: Placement) -> None:
    """A turn, and the end of what it began."""
    found.turn()
    for thread in threading.enumerate():
        if thread.name == "hand-over":
            thread.join(10)


def filled(hybrid: HybridEngine, feed: Feed) -> None:
    declare(hybrid, feed, "totals", TOTALS)
    declare(hybrid, feed, "names", NAMES)
    order(feed, 1, 5, "2.50")
    hybrid.apply(feed.batch())


def test_views_that_share_tables_go_together() -> None:
    reads = {"a": {"t", "u"}, "b": {"v"}, "c": {"w", "u"}, "d": {"v", "x"}, "e": {"y"}}
    assert sorted(map(sorted, connected(reads))) == [["a", "c"], ["b", "d"], ["e"]]


def test_small_batches_ask_for_rows_and_large_ones_for_bulk(
    hybrid: HybridEngine, feed: Feed
) -> None:
    starts = Starts()
    filled(hybrid, feed)
    found = Placement(hybrid, starts, is_bulk_only=False)
    turn(found)
    assert starts.seen == [(frozenset({"totals", "names"}), Place.ROWS)]
    for _ in range(BATCHES):
        found.note(LARGE_ROWS_MIN + 1)
    turn(found)
    assert len(starts.seen) == 1, "in bulk they are already"


def test_nothing_goes_before_a_first_cut_nor_while_somebody_waits(
    hybrid: HybridEngine, feed: Feed
) -> None:
    starts = Starts()
    declare(hybrid, feed, "totals", TOTALS)
    found = Placement(hybrid, starts, is_bulk_only=False)
    turn(found)
    hybrid.apply(feed.batch())
    with found.away():
        assert found.is_away
        turn(found)
        assert not starts.seen
    turn(found)
    assert len(starts.seen) == 1 and not found.is_away


@pytest.mark.parametrize("error", [ViewError("it has no rule"), RebuildError("a sink is away")])
def test_views_that_stay_are_not_tried_again_at_once(
    hybrid: HybridEngine, feed: Feed, error: Exception
) -> None:
    starts = Starts(error)
    filled(hybrid, feed)
    found = Placement(hybrid, starts, is_bulk_only=False)
    turn(found)
    turn(found)
    assert len(starts.seen) == 1


def test_a_pipeline_with_one_engine_hands_nothing_over(tmp_path: Path) -> None:
    engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
    found = placement.placement(engine, "duckdb", Starts())
    assert isinstance(found, FixedPlacement)
    engine.close()
