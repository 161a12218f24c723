"""What every engine promises of views that are added, built and removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from materializers.engines.engine import Engine
from materializers.engines.label import next_label
from materializers.errors import OtherBuild, StateError, ViewError
from materializers.view import ViewDefinition
from tests.contracts.engine_states import OpenState, changed, position, shown, version_of
from tests.unit.shop import CUSTOMERS, NAMES, ORDERS, TOTALS, declare, order
from tests.views.feed import Feed

PLAIN = "SELECT id, customer, amount FROM orders"
BY_AMOUNT = "SELECT amount, count(*) AS n FROM orders GROUP BY amount"


def view(name: str, sql: str) -> ViewDefinition:
    return ViewDefinition(name, sql, Path("views/shop.sql"), 7)


class ViewBuilderContract:
    """All calls are between two batches. The state that `open_state` calls `x` is `tmp_path /
    "x"`."""

    @pytest.fixture
    def engine(self, open_state: OpenState) -> Engine:
        return open_state("live")

    def test_a_declared_view_is_not_built_before_an_exact_batch(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "totals", TOTALS, generation=7)
        kept = engine.views["totals"]
        assert (kept.name, kept.generation, kept.rows) == ("totals", 7, 0)
        assert not kept.is_built and kept.failure is None
        assert kept.is_of(view("totals", TOTALS), None)
        assert not kept.is_of(view("totals", PLAIN), None)
        assert not kept.is_of(view("totals", TOTALS), ("customer",))
        assert engine.tables_needed() == {"public.orders"}
        assert not engine.has_since("totals", 0)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch(is_exact=False))
        assert not engine.view("totals").is_built and position(engine) == (None, False)
        engine.apply(feed.batch())
        assert engine.view("totals").is_built and engine.view("totals").rows == 1
        assert not kept.is_built  # a view handed out does not change

    def test_a_view_that_cannot_be_planned_changes_nothing(
        self, engine: Engine, feed: Feed
    ) -> None:
        with pytest.raises(ViewError, match="nowhere"):
            declare(engine, feed, "v", "SELECT id FROM nowhere")
        assert not engine.views and not engine.tables_needed()

    def test_an_edited_view_is_built_at_the_present_cut(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "totals", TOTALS)
        declare(engine, feed, "plain", PLAIN)
        edited = view("totals", BY_AMOUNT)
        assert not engine.suffices(edited, key=None)  # no cut yet
        for number, amount in ((1, "2.50"), (2, "2.50"), (3, "4.00")):
            order(feed, number, 5, amount)
        engine.apply(feed.batch())
        assert engine.suffices(edited, key=None)
        assert not engine.suffices(view("totals", NAMES), key=None)  # no customers
        assert engine.build(edited, key=None, generation=2).rows == 2
        assert engine.views["totals"].generation == 2
        assert engine.views["totals"].is_of(edited, None)
        assert engine.has_since("totals", version_of(engine))
        assert shown(engine, "totals") == [("2.50", "2"), ("4.00", "1")]

    def test_a_view_that_cannot_be_built_leaves_the_old_one(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "0.00")
        engine.apply(feed.batch())
        edited = view("totals", "SELECT customer, 1 / sum(amount) AS t FROM orders GROUP BY 1")
        with pytest.raises(ViewError, match="view totals: division by zero"):
            engine.build(edited, key=None, generation=2)
        assert engine.views["totals"].generation == 1
        order(feed, 2, 5, "1.00")
        engine.apply(feed.batch())
        assert shown(engine, "totals") == [("5", "1.00")]

    def test_a_build_beside_the_live_one_takes_its_place(self, engine: Engine, feed: Feed) -> None:
        """Every batch moves both; readers read the live one until the switch."""
        declare(engine, feed, "totals", TOTALS)
        declare(engine, feed, "plain", PLAIN)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        built, label = version_of(engine), next_label("totals")
        engine.build(view("totals", BY_AMOUNT), key=None, generation=2, is_next=True)
        order(feed, 2, 5, "4.00")
        engine.apply(feed.batch())
        assert changed(engine.step("totals", built, 1)) == ([("5", "6.50")], [])
        assert changed(engine.step(label, built, 2)) == ([("4.00", "1")], [])

        assert engine.promote("totals").generation == 2
        assert set(engine.views) == {"totals", "plain"}
        with pytest.raises(OtherBuild):
            engine.view("totals", 1)
        with pytest.raises(OtherBuild):
            engine.step("totals", built, 1)
        with pytest.raises(OtherBuild):
            engine.full("totals", 1)
        assert changed(engine.step("totals", built, 2)) == ([("4.00", "1")], [])
        assert shown(engine, "totals") == [("2.50", "1"), ("4.00", "1")]

    def test_a_forgotten_view_takes_what_only_it_needed(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "totals", TOTALS)
        declare(engine, feed, "names", NAMES)
        engine.apply(feed.batch())
        engine.forget("names")
        assert engine.tables_needed() == {"public.orders"}
        with pytest.raises(OtherBuild):
            engine.view("names")
        order(feed, 1, 5, "2.50")
        feed.put("public.customers", {"id": 5, "name": "Ada"})
        engine.apply(feed.batch())
        assert shown(engine, "totals") == [("5", "2.50")]

    def test_a_state_without_views_is_at_no_cut(
        self, engine: Engine, feed: Feed, open_state: OpenState
    ) -> None:
        """The tables of the last view are removed: a later view reads them from their beginning."""
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        engine.forget("totals")
        assert engine.cut is None and not engine.offsets
        engine.close()
        again = open_state("live")
        assert again.cut is None and not again.offsets

    def test_a_build_of_another_state_is_compared_and_adopted(
        self, engine: Engine, feed: Feed, open_state: OpenState, tmp_path: Path
    ) -> None:
        beside, second = open_state("beside"), Feed([ORDERS, CUSTOMERS])
        for opened, each, amount in ((engine, feed, "1.00"), (beside, second, "2.00")):
            declare(opened, each, "totals", TOTALS, generation=int(float(amount)))
            order(each, 1, 5, amount)
            order(each, 2, 6, "1.00")
            opened.apply(each.batch())
        beside.close()
        found = engine.compare(tmp_path / "beside", "totals")
        assert (found.rows, found.missing, found.extra, found.unlike) == (2, 0, 0, 1)
        assert str(found) == "of 2 rows 1 unlike (customer = 5)"
        engine.adopt(tmp_path / "beside", "totals")
        assert engine.views["totals"].generation == 2
        assert shown(engine, "totals") == [("5", "2.00"), ("6", "1.00")]
        assert engine.compare(tmp_path / "beside", "totals").count == 0

    def test_a_state_without_views_adopts_the_place_of_the_other_too(
        self, engine: Engine, feed: Feed, open_state: OpenState, tmp_path: Path
    ) -> None:
        beside, second = open_state("beside"), Feed([ORDERS, CUSTOMERS])
        for name, sql in (("totals", TOTALS), ("names", NAMES)):
            declare(beside, second, name, sql)
        order(second, 1, 5, "2.00")
        batch = second.batch()
        beside.apply(batch)
        beside.close()
        for name in ("totals", "names"):
            engine.adopt(tmp_path / "beside", name)
        assert (engine.cut, engine.offsets) == (batch.cut, batch.offsets)
        assert engine.schemas["public.customers"] == CUSTOMERS
        assert shown(engine, "totals") == [("5", "2.00")]
        order(second, 2, 5, "1.00")
        assert engine.apply(second.batch()).changed == {"totals": 1, "names": 1}
        assert shown(engine, "totals") == [("5", "3.00")]
        engine.close()
        again = open_state("live")
        assert shown(again, "names") == [("1", "None"), ("2", "None")]

    def test_a_state_at_another_cut_is_not_adopted(
        self, engine: Engine, feed: Feed, open_state: OpenState, tmp_path: Path
    ) -> None:
        beside, second = open_state("beside"), Feed([ORDERS, CUSTOMERS])
        for opened, each in ((engine, feed), (beside, second)):
            declare(opened, each, "totals", TOTALS)
            opened.apply(each.batch())
        beside.close()
        engine.apply(feed.batch())
        for take in (engine.compare, engine.adopt):
            with pytest.raises(StateError, match="is at 0/6E, this one at 0/78"):
                take(tmp_path / "beside", "totals")
