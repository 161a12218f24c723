"""What every engine promises of views that share what keeps them: no view depends on how another
one fares, however it came."""

from __future__ import annotations

from pathlib import Path

import pytest

from materializers.engines.engine import Engine
from materializers.view import ViewDefinition
from tests.contracts.engine_states import OpenState, shown
from tests.contracts.recomputed import check
from tests.unit.sharing_views import GROUPING, VIEWS, churn, declare_all, fill
from tests.unit.shop import CUSTOMERS, NAMES, ORDERS, TOTALS, declare, order
from tests.views.feed import Feed

ALL = "SELECT id, customer, amount FROM orders"
RANKS = "SELECT id, rank() OVER (ORDER BY amount, id) AS place FROM orders"
BY_AMOUNT = "SELECT amount, count(*) AS n FROM orders GROUP BY amount"


def view(name: str, sql: str) -> ViewDefinition:
    return ViewDefinition(name, sql, Path("views/shop.sql"), 7)


class SharingContract:
    """Each test has the engine `engine`, and the tables of `feed`."""

    @pytest.fixture
    def three(self, engine: Engine, feed: Feed) -> Engine:
        declare_all(engine, feed)
        fill(feed)
        engine.apply(feed.batch())
        check(engine, feed)
        return engine

    @pytest.fixture
    def two(self, engine: Engine, feed: Feed) -> Engine:
        declare(engine, feed, "totals", TOTALS)
        declare(engine, feed, "orders", ALL)
        fill(feed)
        engine.apply(feed.batch())
        return engine

    def test_views_over_one_grouping_share_what_keeps_it(self, three: Engine, feed: Feed) -> None:
        others = {name: sorted(VIEWS.keys() - {name}) for name in VIEWS}
        for name, told in three.storage()["views"].items():
            assert others[name] in [each["shared_with"] for each in told["operators"]]
        churn(three, feed, 5)

    @pytest.mark.parametrize("name", VIEWS)
    def test_a_dropped_view_leaves_the_others_exact(
        self, three: Engine, feed: Feed, name: str
    ) -> None:
        three.forget(name)
        churn(three, feed, 5)
        for other in list(three.views):
            three.forget(other)
        assert not three.storage()["inputs"] and not three.views

    def test_a_stopped_view_leaves_the_others_exact(self, three: Engine, feed: Feed) -> None:
        order(feed, 4, 7, "0.00")
        assert set(three.apply(feed.batch()).failures) == {"shares"}
        check(three, feed)
        churn(three, feed, 5)

    def test_a_new_view_finds_the_state_as_it_is(self, three: Engine, feed: Feed) -> None:
        order(feed, 4, 7, "0.00")
        three.apply(feed.batch())  # stops one of them
        declare(three, feed, "again", GROUPING)
        order(feed, 4, 8, "3.00")
        assert "again" in three.apply(feed.batch()).changed
        check(three, feed)
        churn(three, feed, 5)

    def test_state_that_stood_still_is_not_taken_over(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "shares", VIEWS["shares"])
        declare(engine, feed, "all", ALL)
        fill(feed)
        engine.apply(feed.batch())
        order(feed, 4, 7, "0.00")
        engine.apply(feed.batch())
        order(feed, 4, 7, "1.00")
        engine.apply(feed.batch())
        declare(engine, feed, "plain", VIEWS["plain"])
        order(feed, 8, 5, "1.00")
        engine.apply(feed.batch())
        check(engine, feed)
        churn(engine, feed, 9)

    @pytest.mark.parametrize("name", VIEWS)
    @pytest.mark.parametrize("is_stopped", [False, True])
    def test_a_rebuilt_view_finds_the_same_state(
        self,
        three: Engine,
        feed: Feed,
        open_state: OpenState,
        tmp_path: Path,
        name: str,
        is_stopped: bool,
    ) -> None:
        beside, second = open_state("beside"), Feed([ORDERS, CUSTOMERS])
        declare(beside, second, name, VIEWS[name], generation=2)
        fill(second)
        amounts = ["0.00", "4.50"] if is_stopped else ["4.50"]
        for amount in amounts:
            order(feed, 4, 7, amount)
            three.apply(feed.batch())
        second.lsn = feed.lsn - 10
        beside.apply(second.batch())
        beside.close()
        three.adopt(tmp_path / "beside", name)
        check(three, feed)
        churn(three, feed, 5)

    def test_a_restart_finds_the_shared_state(
        self, three: Engine, feed: Feed, open_state: OpenState
    ) -> None:
        three.forget("plain")
        three.close()
        churn(open_state("live"), feed, 5)

    def test_what_is_recomputed_is_shared_too(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "one", RANKS)
        declare(engine, feed, "two", f"SELECT r.id, r.place + 1 AS p FROM ({RANKS}) r")
        declare(engine, feed, "other", RANKS.replace("amount, id", "id"))
        fill(feed)
        engine.apply(feed.batch())
        churn(engine, feed, 5)

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT customer, sum(amount) AS s, count(*) AS n FROM orders WHERE id > 1 GROUP BY 1",
            "SELECT customer, sum(amount) AS total, count(note) AS n FROM orders GROUP BY customer",
            "SELECT id AS customer, sum(amount) AS total, count(*) AS n FROM orders GROUP BY 1",
            "SELECT customer, sum(amount) AS total FROM (SELECT * FROM orders UNION ALL"
            " SELECT * FROM orders) o GROUP BY 1",
        ],
    )
    def test_what_is_unlike_is_not_shared(self, engine: Engine, feed: Feed, sql: str) -> None:
        declare(engine, feed, "plain", VIEWS["plain"])
        declare(engine, feed, "other", sql)
        fill(feed)
        engine.apply(feed.batch())
        churn(engine, feed, 5)

    def test_an_edited_view_is_kept_with_the_state_it_shares(
        self, two: Engine, feed: Feed, open_state: OpenState
    ) -> None:
        edited = view("totals", BY_AMOUNT)
        assert two.build(edited, key=None, generation=2).rows == 4
        check(two, feed)
        churn(two, feed, 5)
        two.close()
        again = open_state("live")
        churn(again, feed, 9)

    def test_what_no_view_reads_any_longer_goes(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "names", NAMES)
        fill(feed)
        engine.apply(feed.batch())
        engine.build(view("names", "SELECT id, customer FROM orders"), key=None, generation=2)
        assert engine.tables_needed() == {"public.orders"}
        assert not engine.suffices(view("names", NAMES), key=None)
        churn(engine, feed, 5)

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT id, note FROM orders",  # a column that is not stored
            "SELECT id, name FROM customers",  # a table that is not
            "SELECT id FROM elsewhere",
        ],
    )
    def test_where_the_state_lacks_something_it_says_so(
        self, engine: Engine, feed: Feed, sql: str
    ) -> None:
        declare(engine, feed, "orders", ALL)
        assert not engine.suffices(view("orders", "SELECT id FROM orders"), key=None)  # no cut yet
        fill(feed)
        engine.apply(feed.batch())
        assert engine.suffices(view("orders", "SELECT id FROM orders"), key=None)
        assert not engine.suffices(view("orders", sql), key=None)

    def test_tables_of_a_stopped_view_do_not_count(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "shares", "SELECT id, 10 / amount AS share FROM orders")
        order(feed, 1, 5, "2.00")
        engine.apply(feed.batch())
        order(feed, 1, 5, "0.00")
        engine.apply(feed.batch())
        assert not engine.suffices(view("shares", "SELECT id, amount FROM orders"), key=None)

    def test_a_build_that_took_over_is_kept_with_the_state_it_shares(
        self, two: Engine, feed: Feed, open_state: OpenState
    ) -> None:
        edited = view("totals", BY_AMOUNT)
        two.build(edited, key=None, generation=2, is_next=True)
        churn(two, feed, 3)
        two.promote("totals")
        check(two, feed)
        churn(two, feed, 4)
        two.close()
        again = open_state("live")
        churn(again, feed, 8)

    def test_a_build_that_never_took_over_survives_a_restart_as_what_it_is(
        self, two: Engine, feed: Feed, open_state: OpenState
    ) -> None:
        two.build(view("totals", ALL), key=None, generation=2, is_next=True)
        two.close()
        again = open_state("live")
        assert again.views["totals#next"].schema.name == "totals"
        churn(again, feed, 3)
        again.forget("totals#next")
        churn(again, feed, 5)

    def test_adopting_a_rebuilt_view_widens_the_inputs(
        self, engine: Engine, feed: Feed, open_state: OpenState, tmp_path: Path
    ) -> None:
        beside, second = open_state("beside"), Feed([ORDERS, CUSTOMERS])
        declare(engine, feed, "totals", TOTALS)
        sql = "SELECT note, sum(amount) AS total FROM orders GROUP BY note"
        declare(beside, second, "totals", sql, generation=2)
        for each in (feed, second):
            order(each, 1, 5, "2.50", "a")
            order(each, 2, 5, "1.00", "b")
        engine.apply(feed.batch())
        beside.apply(second.batch())
        beside.close()

        engine.adopt(tmp_path / "beside", "totals")
        assert engine.views["totals"].generation == 2
        assert engine.compare(tmp_path / "beside", "totals").count == 0
        order(feed, 3, 6, "7.00", "b")
        engine.apply(feed.batch())
        assert shown(engine, "totals") == [("a", "2.50"), ("b", "8.00")]

    def test_a_stopped_view_comes_back_without_its_old_inputs(
        self, engine: Engine, feed: Feed, open_state: OpenState, tmp_path: Path
    ) -> None:
        """While it was stopped its input tables stood still; a rebuild must not use those rows."""
        sql = "SELECT id, 10 / amount AS share FROM orders"
        declare(engine, feed, "shares", sql)
        order(feed, 1, 5, "2.50")
        order(feed, 2, 5, "5.00")
        engine.apply(feed.batch())
        order(feed, 1, 5, "0.00")
        applied = engine.apply(feed.batch())
        assert "shares" in applied.failures
        beside, second = open_state("beside"), Feed([ORDERS, CUSTOMERS])
        declare(beside, second, "shares", sql, generation=2)
        order(second, 1, 5, "4.00")
        order(second, 2, 5, "8.00")
        second.lsn = feed.lsn
        order(feed, 1, 5, "4.00")
        order(feed, 2, 5, "8.00")
        engine.apply(feed.batch())
        beside.apply(second.batch())
        beside.close()
        engine.adopt(tmp_path / "beside", "shares")
        order(feed, 1, 5, "5.00")
        engine.apply(feed.batch())
        assert [(*row[:1], float(row[1])) for row in shown(engine, "shares")] == [
            ("1", 2),
            ("2", 1.25),
        ]
