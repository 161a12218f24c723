"""Views that come, go, stop and are taken over from another build; the inputs go with them."""

from __future__ import annotations

from pathlib import Path

from cdc.contract.schemas import TableSchema
from cdc.position import Lsn
from materializers.engines.duckdb.engine import DuckDBEngine
from tests.unit.shop import CUSTOMERS, ORDERS, TOTALS, declare, order, rows
from tests.views.feed import Feed


def test_adopting_a_rebuilt_view_widens_the_inputs(feed: Feed, tmp_path: Path) -> None:
    live, beside = (
        DuckDBEngine.open(tmp_path / "live.duckdb"),
        DuckDBEngine.open(tmp_path / "new.duckdb"),
    )
    second = Feed([ORDERS, CUSTOMERS])
    declare(live, feed, "totals", TOTALS)
    sql = "SELECT note, sum(amount) AS total FROM orders GROUP BY note"
    declare(beside, second, "totals", sql, generation=2)
    for each in (feed, second):
        order(each, 1, 5, "2.50", "a")
        order(each, 2, 5, "1.00", "b")
    live.apply(feed.batch())
    beside.apply(second.batch())
    beside.close()

    live.adopt(beside.path, "totals")
    assert live.views["totals"].generation == 2
    assert live.compare(beside.path, "totals").count == 0
    order(feed, 3, 6, "7.00", "b")
    live.apply(feed.batch())
    assert rows(live, "totals") == [("a", "2.50"), ("b", "8.00")]
    live.close()


def test_a_stopped_view_comes_back_without_its_old_inputs(feed: Feed, tmp_path: Path) -> None:
    """While it was stopped its input tables stood still; a rebuild must not use those rows."""
    live = DuckDBEngine.open(tmp_path / "live.duckdb")
    sql = "SELECT id, 10 / amount AS share FROM orders"
    declare(live, feed, "shares", sql)
    order(feed, 1, 5, "2.50")
    order(feed, 2, 5, "5.00")
    live.apply(feed.batch())
    order(feed, 1, 5, "0.00")
    applied = live.apply(feed.batch())
    assert "shares" in applied.failures
    beside, second = DuckDBEngine.open(tmp_path / "new.duckdb"), Feed([ORDERS, CUSTOMERS])
    declare(beside, second, "shares", sql, generation=2)
    order(second, 1, 5, "4.00")
    order(second, 2, 5, "8.00")
    second.lsn = feed.lsn
    order(feed, 1, 5, "4.00")
    order(feed, 2, 5, "8.00")
    live.apply(feed.batch())
    beside.apply(second.batch())
    beside.close()
    live.adopt(beside.path, "shares")
    order(feed, 1, 5, "5.00")
    live.apply(feed.batch())
    assert [(*row[:1], float(row[1])) for row in rows(live, "shares")] == [("1", 2), ("2", 1.25)]
    live.close()


def test_a_column_that_the_source_dropped_leaves_the_inputs(
    engine: DuckDBEngine, feed: Feed
) -> None:
    """Dropped and added again it is another column: its old values must not come back."""
    declare(engine, feed, "notes", "SELECT id, note FROM orders")
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50", "old")
    engine.apply(feed.batch())
    kept = tuple(c for c in ORDERS.columns if c.name != "note")
    feed.alter(TableSchema("public.orders", kept, ("id",), Lsn(feed.lsn)))
    order(feed, 2, 5, "1.00")
    assert set(engine.apply(feed.batch()).failures) == {"notes"}
    assert rows(engine, "totals") == [("5", "3.50")]
    assert engine.store.tables._stored["public.orders"] == ("id", "customer", "amount")
    order(feed, 1, 6, "2.50")
    engine.apply(feed.batch())
    assert rows(engine, "totals") == [("5", "1.00"), ("6", "2.50")]
