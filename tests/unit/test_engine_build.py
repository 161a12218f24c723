"""A new or edited view made from the state's own tables, between two batches."""

from __future__ import annotations

from pathlib import Path

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.view import ViewDefinition
from tests.unit.sharing_views import check, churn, fill
from tests.unit.shop import NAMES, TOTALS, declare, order
from tests.views.feed import Feed

ORDERS = "SELECT id, customer, amount FROM orders"


def view(name: str, sql: str) -> ViewDefinition:
    return ViewDefinition(name, sql, Path("views/shop.sql"), 7)


def test_an_edited_view_is_kept_with_the_state_it_shares(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    declare(engine, feed, "orders", ORDERS)
    fill(feed)
    engine.apply(feed.batch())
    edited = view("totals", "SELECT amount, count(*) AS n FROM orders GROUP BY amount")
    assert engine.build(edited, key=None, generation=2).rows == 4
    check(engine)
    churn(engine, feed, 5)
    engine.close()
    again = DuckDBEngine.open(engine.path)
    churn(again, feed, 9)
    again.close()


def test_what_no_view_reads_any_longer_goes(engine: DuckDBEngine, feed: Feed) -> None:
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
    engine: DuckDBEngine, feed: Feed, sql: str
) -> None:
    declare(engine, feed, "orders", ORDERS)
    assert not engine.suffices(view("orders", "SELECT id FROM orders"), key=None)  # no cut yet
    fill(feed)
    engine.apply(feed.batch())
    assert engine.suffices(view("orders", "SELECT id FROM orders"), key=None)
    assert not engine.suffices(view("orders", sql), key=None)


def test_tables_of_a_stopped_view_do_not_count(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "shares", "SELECT id, 10 / amount AS share FROM orders")
    order(feed, 1, 5, "2.00")
    engine.apply(feed.batch())
    order(feed, 1, 5, "0.00")
    engine.apply(feed.batch())
    assert not engine.suffices(view("shares", "SELECT id, amount FROM orders"), key=None)


def test_a_failing_view_names_its_operator(engine: DuckDBEngine, feed: Feed) -> None:
    sql = "SELECT customer, sum(10 / amount) AS t FROM orders GROUP BY customer"
    declare(engine, feed, "shares", sql)
    order(feed, 1, 5, "1.00")
    engine.apply(feed.batch())
    order(feed, 2, 5, "0.00")
    reason = engine.apply(feed.batch()).failures["shares"]
    assert "division by zero (in: group by" in reason


def test_a_build_that_took_over_is_kept_with_the_state_it_shares(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "totals", TOTALS)
    declare(engine, feed, "orders", ORDERS)
    fill(feed)
    engine.apply(feed.batch())
    edited = view("totals", "SELECT amount, count(*) AS n FROM orders GROUP BY amount")
    engine.build(edited, key=None, generation=2, is_next=True)
    churn(engine, feed, 3)
    engine.promote("totals")
    check(engine)
    churn(engine, feed, 4)
    engine.close()
    again = DuckDBEngine.open(engine.path)
    churn(again, feed, 8)
    again.close()


def test_a_build_that_never_took_over_survives_a_restart_as_what_it_is(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "totals", TOTALS)
    declare(engine, feed, "orders", ORDERS)
    fill(feed)
    engine.apply(feed.batch())
    engine.build(view("totals", ORDERS), key=None, generation=2, is_next=True)
    engine.close()
    again = DuckDBEngine.open(engine.path)
    assert again.views["totals#next"].stored.definition.name == "totals"
    churn(again, feed, 3)
    again.forget("totals#next")
    churn(again, feed, 5)
    again.close()
