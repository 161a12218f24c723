"""Tables that change under views: only the views that use what changed stop, shared or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn
from materializers.engines.duckdb.engine import DuckDBEngine
from tests.unit.sharing_views import VIEWS, check, churn, declare_all, fill
from tests.unit.shop import ORDERS, declare, order, rows
from tests.views.feed import Feed

NOTES = "SELECT g.customer, g.n, o.note FROM orders o JOIN ({}) g ON g.customer = o.id"


def retyped(feed: Feed, name: str, kind: str, typmod: int = -1) -> TableSchema:
    """The orders with another type of one column, at the feed's place."""
    schema = feed.schemas["public.orders"]
    columns = tuple(
        replace(c, type_name=kind, typmod=typmod) if c.name == name else c for c in schema.columns
    )
    return TableSchema(schema.table, columns, schema.key, Lsn(feed.lsn))


@pytest.mark.parametrize("is_dropped", [True, False])
def test_a_shared_grouping_outlives_a_view_that_stops(
    engine: DuckDBEngine, feed: Feed, is_dropped: bool
) -> None:
    declare(engine, feed, "notes", NOTES.format(VIEWS["plain"]))
    declare_all(engine, feed)
    fill(feed)
    engine.apply(feed.batch())
    if is_dropped:
        kept = tuple(c for c in ORDERS.columns if c.name != "note")
        feed.alter(TableSchema("public.orders", kept, ("id",), Lsn(feed.lsn)))
    else:
        feed.alter(retyped(feed, "note", "jsonb"))
    assert set(engine.apply(feed.batch()).failures) == {"notes"}
    check(engine)
    churn(engine, feed, 5)


@pytest.mark.parametrize(
    ("column", "kind", "typmod", "message"),
    [
        ("customer", "bigint", -1, "customer changed from integer to bigint at"),
        ("amount", "numeric", (14 << 16 | 2) + 4, "from numeric(12,2) to numeric(14,2) at"),
        ("amount", "text", -1, "from numeric(12,2) to text at"),
    ],
)
def test_another_type_stops_the_views_that_read_it(
    engine: DuckDBEngine,
    feed: Feed,
    column: str,
    kind: str,
    typmod: int,
    message: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    declare(engine, feed, "used", f"SELECT id, {column} FROM orders")
    declare(engine, feed, "other", "SELECT id, note FROM orders")
    order(feed, 1, 5, "1.00", "a")
    engine.apply(feed.batch())
    feed.alter(retyped(feed, column, kind, typmod))
    order(feed, 2, 5, "1.00", "b")
    failures = engine.apply(feed.batch()).failures
    assert set(failures) == {"used"} and message in failures["used"]
    assert failures["used"].endswith("; it is built anew")
    assert [record.levelname for record in caplog.records] == ["WARNING"], "it heals by itself"
    assert engine.views["used"].is_outdated and not engine.views["other"].is_outdated
    assert rows(engine, "other") == [("1", "a"), ("2", "b")]


def test_a_text_with_another_bound_goes_on(engine: DuckDBEngine, feed: Feed) -> None:
    feed.alter(retyped(feed, "note", "character varying", 14))
    declare(engine, feed, "notes", "SELECT id, note FROM orders")
    order(feed, 1, 5, "1.00", "a")
    engine.apply(feed.batch())
    for kind, typmod in (("character varying", 24), ("text", -1), ("character varying", 22)):
        feed.alter(retyped(feed, "note", kind, typmod))
        order(feed, 2, 5, "1.00", "longer than before")
        assert not engine.apply(feed.batch()).failures
        check(engine)


def test_a_table_made_again_begins_empty(engine: DuckDBEngine, feed: Feed) -> None:
    declare_all(engine, feed)
    fill(feed)
    engine.apply(feed.batch())
    feed.truncate("public.orders")
    schema = feed.schemas["public.orders"]
    extra = Column("extra", "text", 25)
    feed.alter(replace(schema, columns=(extra, *reversed(schema.columns))))
    order(feed, 9, 5, "7.00")
    assert not engine.apply(feed.batch()).failures
    assert rows(engine, "plain") == [("5", "7.00", "1")]
    check(engine)
    churn(engine, feed, 12)


def test_a_table_that_went_away_stops_the_views_that_read_it(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare_all(engine, feed)
    fill(feed)
    engine.apply(feed.batch())
    batch = replace(feed.batch(), gone=frozenset({"public.customers"}))
    failures = engine.apply(batch).failures
    assert failures == {
        "names": "view names: table public.customers was dropped, renamed or is captured no longer"
        f" since {batch.cut.lsn}; once it is there again, the view is built anew"
    }
    assert "public.customers" not in engine.schemas
    churn_orders(engine, feed)
    engine.close()
    again = DuckDBEngine.open(engine.path)
    assert again.views["names"].is_outdated
    assert "public.customers" not in again.schemas and again.views["names"].failure
    again.close()


def churn_orders(engine: DuckDBEngine, feed: Feed) -> None:
    for number in range(5, 8):
        order(feed, number, 5, "3.25")
        assert not engine.apply(feed.batch()).failures
        check(engine)
