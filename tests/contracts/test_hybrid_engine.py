"""Two engines as one keep the contract of engines, and hand views over to each other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from materializers.engines.engine import OpenEngine
from materializers.engines.hybrid.difference import difference
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.hybrid.groups import Place
from materializers.engines.row_engine.engine import RowEngine
from tests.contracts.engine_contract import EngineContract
from tests.contracts.engine_states import changed, shown, version_of
from tests.contracts.hybrid_shop import OPEN_BULK, VIEWS, Shop
from tests.contracts.misfits_contract import MisfitsContract
from tests.contracts.schemas_contract import SchemasContract
from tests.contracts.sharing_contract import SharingContract
from tests.unit.shop import TOTALS, declare


class TestHybridEngine(EngineContract, SchemasContract, MisfitsContract, SharingContract):
    """The views begin in bulk."""

    @pytest.fixture
    def open_at(self) -> OpenEngine:
        return partial(HybridEngine.open, open_bulk=OPEN_BULK, open_rows=RowEngine.open)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    found = Shop(tmp_path)
    found.move(1, 5, "2.50")
    found.move(2, 6, "1.00")
    yield found
    found.engine.close()


@pytest.mark.parametrize("is_reopened", [False, True])
def test_views_are_handed_over_and_back(shop: Shop, is_reopened: bool) -> None:
    totals = {"5": "2.50", "6": "1.00"}
    for turn, place in enumerate((Place.ROWS, Place.BULK, Place.ROWS)):
        before, offsets = version_of(shop.engine), shop.engine.offsets
        shop.engine.take(shop.made_again(place).rename(shop.folder / f"{turn}"), place, VIEWS)
        if is_reopened:
            shop.reopened()
        assert set(shop.places().values()) == {place} and len(shop.places()) == 2
        assert (version_of(shop.engine), shop.engine.offsets) == (before, offsets)
        assert shown(shop.engine, "totals") == sorted(totals.items())
        customer = str(7 + turn)
        totals[customer] = "4.00"
        shop.move(10 + turn, int(customer), "4.00")
        assert changed(shop.engine.step("totals", before, 1)) == ([(customer, "4.00")], [])
        assert shown(shop.engine, "totals") == sorted(totals.items())


@pytest.mark.parametrize("place", list(Place))
def test_a_crash_within_a_hand_over_leaves_each_view_in_one_engine(
    shop: Shop, place: Place
) -> None:
    if place is Place.BULK:
        shop.engine.take(shop.made_again(Place.ROWS), Place.ROWS, VIEWS)
    beside = shop.made_again(place) if place is Place.BULK else shop.made_again(Place.ROWS)
    name = "pipeline.duckdb" if place is Place.BULK else "pipeline.rows"
    target = shop.engine.bulk if place is Place.BULK else shop.engine.rows
    target.adopt(beside / name, "totals")
    shop.reopened()
    assert not shop.engine.bulk.views.keys() & shop.engine.rows.views.keys()
    assert shop.places()["totals"] is Place.ROWS, "the row engine's is whole in either case"
    shop.move(3, 5, "1.00")
    assert shown(shop.engine, "totals") == [("5", "3.50"), ("6", "1.00")]
    assert shown(shop.engine, "names") == [("1", "None"), ("2", "None"), ("3", "None")]


def test_an_engine_that_is_ahead_passes_over_what_it_has(shop: Shop) -> None:
    folder = shop.made_again(Place.ROWS)
    shop.engine.take(folder, Place.ROWS, ["totals"])
    before = shop.engine.cut
    first, second = shop.batch(3, 5, "1.00"), shop.batch(3, 5, "7.00")
    for batch in (first, second):
        shop.engine.rows.apply(batch)  # and a power cut takes them from the other one
    shop.reopened()
    assert shop.engine.cut == before
    shop.engine.apply(first)
    assert shop.engine.cut == first.cut and shop.engine.rows.cut == second.cut
    assert shown(shop.engine, "totals") == [("5", "9.50"), ("6", "1.00")]
    shop.engine.apply(second)
    assert shop.engine.cut == second.cut and shop.engine.is_exact
    assert shown(shop.engine, "totals") == [("5", "9.50"), ("6", "1.00")]
    assert len(shown(shop.engine, "names")) == 3


def test_a_difference_between_the_engines_is_told_by_key(shop: Shop) -> None:
    shop.engine.take(shop.made_again(Place.ROWS), Place.ROWS, ["totals"])
    again = shop.folder / "again"
    again.mkdir()
    other = shop.engine.open_beside(again, Place.BULK)
    declare(other, shop.feed, "totals", TOTALS)
    for batch in shop.batches:
        other.apply(batch)
    assert difference(shop.engine, other, "totals").count == 0
    other.close()
    assert shop.engine.compare(again / "pipeline.duckdb", "totals").count == 0
