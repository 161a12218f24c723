"""What every engine promises where tables change under views: only the views that use what changed
stop, shared or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn
from materializers.engines.engine import Engine
from materializers.errors import StateError
from materializers.view import ViewDefinition
from tests.contracts.engine_states import OpenState, shown
from tests.contracts.recomputed import check
from tests.unit.sharing_views import VIEWS, churn, declare_all, fill
from tests.unit.shop import NAMES, ORDERS, TOTALS, declare, order
from tests.views.feed import Feed, table_schema

NOTES = "SELECT g.customer, g.n, o.note FROM orders o JOIN ({}) g ON g.customer = o.id"


def retyped(feed: Feed, name: str, kind: str, typmod: int = -1) -> TableSchema:
    """The orders with another type of one column, at the feed's place."""
    schema = feed.schemas["public.orders"]
    columns = tuple(
        replace(c, type_name=kind, typmod=typmod) if c.name == name else c for c in schema.columns
    )
    return TableSchema(schema.table, columns, schema.key, Lsn(feed.lsn))


class SchemasContract:
    """Each test has the engine `engine`, and the tables of `feed`."""

    @pytest.mark.parametrize("is_dropped", [True, False])
    def test_a_shared_grouping_outlives_a_view_that_stops(
        self, engine: Engine, feed: Feed, is_dropped: bool
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
        check(engine, feed)
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
        self,
        engine: Engine,
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
        assert failures["used"].endswith("; it is rebuilt")
        assert [record.levelname for record in caplog.records] == ["WARNING"], "it heals by itself"
        assert engine.views["used"].is_outdated and not engine.views["other"].is_outdated
        assert shown(engine, "other") == [("1", "a"), ("2", "b")]

    def test_a_text_with_another_bound_goes_on(self, engine: Engine, feed: Feed) -> None:
        feed.alter(retyped(feed, "note", "character varying", 14))
        declare(engine, feed, "notes", "SELECT id, note FROM orders")
        order(feed, 1, 5, "1.00", "a")
        engine.apply(feed.batch())
        for kind, typmod in (("character varying", 24), ("text", -1), ("character varying", 22)):
            feed.alter(retyped(feed, "note", kind, typmod))
            order(feed, 2, 5, "1.00", "longer than before")
            assert not engine.apply(feed.batch()).failures
            check(engine, feed)

    def test_a_table_made_again_begins_empty(self, engine: Engine, feed: Feed) -> None:
        declare_all(engine, feed)
        fill(feed)
        engine.apply(feed.batch())
        feed.truncate("public.orders")
        schema = feed.schemas["public.orders"]
        extra = Column("extra", "text", 25)
        feed.alter(replace(schema, columns=(extra, *reversed(schema.columns))))
        order(feed, 9, 5, "7.00")
        assert not engine.apply(feed.batch()).failures
        assert shown(engine, "plain") == [("5", "7.00", "1")]
        check(engine, feed)
        churn(engine, feed, 12)

    def test_a_table_that_went_away_stops_the_views_that_read_it(
        self, engine: Engine, feed: Feed, open_state: OpenState
    ) -> None:
        declare_all(engine, feed)
        fill(feed)
        engine.apply(feed.batch())
        batch = replace(feed.batch(), gone=frozenset({"public.customers"}))
        failures = engine.apply(batch).failures
        assert failures == {
            "names": "view names: table public.customers was dropped, renamed or is captured no"
            f" longer since {batch.cut.lsn}; once it is back, the view is rebuilt"
        }
        assert "public.customers" not in engine.schemas
        for number in range(5, 8):
            order(feed, number, 5, "3.25")
            assert not engine.apply(feed.batch()).failures
            check(engine, feed)
        engine.close()
        again = open_state("live")
        assert again.views["names"].is_outdated
        assert "public.customers" not in again.schemas and again.views["names"].failure

    def test_a_dropped_column_stops_the_views_that_use_it(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "totals", TOTALS)
        declare(engine, feed, "names", NAMES)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        kept = tuple(c for c in ORDERS.columns if c.name != "amount")
        feed.alter(TableSchema("public.orders", kept, ("id",), Lsn(200)))
        feed.put("public.orders", {"id": 2, "customer": 5})
        applied = engine.apply(feed.batch())
        reason = (
            "view totals: column public.orders.amount was dropped at 0/C8; until its SQL is edited"
        )
        assert applied.failures["totals"].startswith(f"{reason} it cannot go on: views/shop.sql:7:")
        assert 'column "amount" does not exist' in applied.failures["totals"]
        assert shown(engine, "names") == [("1", "None"), ("2", "None")]

    def test_an_added_column_is_ignored(self, engine: Engine, feed: Feed) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        columns = [(c.name, c.type_name) for c in ORDERS.columns if c.name != "amount"]
        columns += [("amount", "numeric(12,2)"), ("x", "text")]
        feed.alter(table_schema("public.orders", columns, ["id"], lsn=200))
        feed.put("public.orders", {"id": 2, "customer": 5, "amount": "1.00", "x": "new"})
        assert engine.apply(feed.batch()).failures == {}
        assert shown(engine, "totals") == [("5", "3.50")]

    def test_a_view_with_a_new_column_of_a_filled_table_needs_a_rebuild(
        self, engine: Engine, feed: Feed
    ) -> None:
        declare(engine, feed, "totals", TOTALS)
        order(feed, 1, 5, "2.50")
        engine.apply(feed.batch())
        with pytest.raises(StateError, match=r"without column note.*rebuild the view"):
            declare(engine, feed, "notes", "SELECT id, note FROM orders")
        declare(engine, feed, "same", "SELECT id, customer FROM orders")
        engine.apply(feed.batch())
        assert shown(engine, "same") == [("1", "5")]

    def test_a_column_that_the_source_dropped_leaves_the_inputs(
        self, engine: Engine, feed: Feed
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
        assert shown(engine, "totals") == [("5", "3.50")]
        feed.alter(replace(ORDERS, lsn=Lsn(feed.lsn)))
        order(feed, 3, 5, "0.00", "new")
        engine.apply(feed.batch())
        notes = ViewDefinition("notes", "SELECT id, note FROM orders", Path("v.sql"), 1)
        assert not engine.suffices(notes, key=None)
        order(feed, 1, 6, "2.50")
        engine.apply(feed.batch())
        assert shown(engine, "totals") == [("5", "1.00"), ("6", "2.50")]
