"""The engine on DuckDB beyond what every engine promises (`tests/contracts/engine_contract.py`):
what is stored, what a failure says, states of other versions."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cdc.contract.schemas import TableSchema
from cdc.position import Lsn
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.plan_lines import lines_of
from materializers.errors import StateError, ViewError
from materializers.view import ViewDefinition
from tests.unit.shop import NAMES, ORDERS, TOTALS, declare, order, rows
from tests.views.feed import Feed, table_schema


def test_only_used_columns_and_the_key_are_stored(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    assert engine.views["totals"].plan.needs == {
        "public.orders": frozenset({"id", "customer", "amount"})
    }
    assert engine.tables_needed() == {"public.orders"}


def test_the_row_that_made_a_view_fail_is_named(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "ratio", "SELECT id, 10 / customer AS share FROM orders")
    order(feed, 1, 5, "2.50")
    engine.apply(feed.batch())
    order(feed, 2, 0, "1.00")
    reason = "division by zero, at public.orders where id = 2"
    assert engine.apply(feed.batch()).failures == {"ratio": reason}


def test_a_key_that_is_not_unique_names_itself(engine: DuckDBEngine, feed: Feed) -> None:
    definition = ViewDefinition("v", "SELECT customer, id FROM orders", Path("v.sql"), 1)
    engine.declare(definition, feed.schemas, key=("customer",), generation=1)
    order(feed, 1, 5, "1")
    engine.apply(feed.batch())
    order(feed, 2, 5, "1")
    failure = engine.apply(feed.batch()).failures["v"]
    assert failure.startswith("view v: the key is not unique: two rows with customer = 5")


def test_a_dropped_column_stops_the_views_that_use_it(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    declare(engine, feed, "names", NAMES)
    order(feed, 1, 5, "2.50")
    engine.apply(feed.batch())
    kept = tuple(c for c in ORDERS.columns if c.name != "amount")
    feed.alter(TableSchema("public.orders", kept, ("id",), Lsn(200)))
    feed.put("public.orders", {"id": 2, "customer": 5})
    applied = engine.apply(feed.batch())
    reason = "view totals: column public.orders.amount was dropped at 0/C8; until its SQL is edited"
    assert applied.failures["totals"].startswith(f"{reason} it cannot go on: views/shop.sql:7:")
    assert 'column "amount" does not exist' in applied.failures["totals"]
    assert rows(engine, "names") == [("1", "None"), ("2", "None")]


def test_an_added_column_is_ignored(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    engine.apply(feed.batch())
    columns = [(c.name, c.type_name) for c in ORDERS.columns if c.name != "amount"]
    wider = table_schema("public.orders", [*columns, ("amount", "numeric(12,2)"), ("x", "text")],
                         ["id"], lsn=200)  # fmt: skip
    feed.alter(wider)
    feed.put("public.orders", {"id": 2, "customer": 5, "amount": "1.00", "x": "new"})
    assert engine.apply(feed.batch()).failures == {}
    assert rows(engine, "totals") == [("5", "3.50")]


def test_a_view_with_a_new_column_of_a_filled_table_needs_a_rebuild(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "totals", TOTALS)
    order(feed, 1, 5, "2.50")
    engine.apply(feed.batch())
    with pytest.raises(StateError, match=r"without column note.*rebuild the view"):
        declare(engine, feed, "notes", "SELECT id, note FROM orders")
    declare(engine, feed, "same", "SELECT id, customer FROM orders")
    engine.apply(feed.batch())
    assert rows(engine, "same") == [("1", "5")]


def test_explain_says_how_each_operator_is_kept(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "names", NAMES)
    engine.apply(feed.batch())
    text = "\n".join(" ".join(line.split()) for line in lines_of(engine.explain("names")))
    assert "left join on c.id = o.customer deltas" in text
    assert "scan customers as c [key id] name table 0 0.0" in text
    assert engine.sizes("names")["rows"].rows == 0


def test_a_table_without_a_key_is_refused(engine: DuckDBEngine) -> None:
    feed = Feed([table_schema("public.log", [("line", "text")], [])])
    with pytest.raises((StateError, ViewError), match="primary key"):
        definition = ViewDefinition("v", "SELECT line FROM log", Path("v.sql"), 1)
        engine.declare(definition, feed.schemas, key=("line",), generation=1)


def test_state_of_another_version_is_refused(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / "state.duckdb"
    engine = DuckDBEngine.open(path)
    declare(engine, feed, "totals", TOTALS)
    engine.apply(feed.batch())
    engine.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE rederive.format SET version = version - 1")
    with pytest.raises(StateError, match="another version of Rederive") as refused:
        DuckDBEngine.open(path)
    assert "remove the state folder" in refused.value.fix


def test_state_that_was_planned_otherwise_is_refused(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / "state.duckdb"
    engine = DuckDBEngine.open(path)
    declare(engine, feed, "totals", TOTALS)
    engine.apply(feed.batch())
    (table,) = engine.views["totals"].plan.state()
    engine.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"DROP TABLE {table}")
    with pytest.raises(StateError, match="another version of Rederive"):
        DuckDBEngine.open(path)
