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
from materializers.errors import StateError
from tests.unit.shop import NAMES, ORDERS, TOTALS, declare, order
from tests.views.feed import Feed


def test_only_used_columns_and_the_key_are_stored(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "totals", TOTALS)
    assert engine.views["totals"].plan.needs == {
        "public.orders": frozenset({"id", "customer", "amount"})
    }
    assert engine.tables_needed() == {"public.orders"}


def test_explain_says_how_each_operator_is_kept(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "names", NAMES)
    engine.apply(feed.batch())
    text = "\n".join(" ".join(line.split()) for line in lines_of(engine.explain("names")))
    assert "left join on c.id = o.customer deltas" in text
    assert "scan customers as c [key id] name table 0 0.0" in text
    assert engine.storage()["views"]["names"]["rows"]["rows"] == 0


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


def test_a_failing_view_names_its_operator(engine: DuckDBEngine, feed: Feed) -> None:
    sql = "SELECT customer, sum(10 / amount) AS t FROM orders GROUP BY customer"
    declare(engine, feed, "shares", sql)
    order(feed, 1, 5, "1.00")
    engine.apply(feed.batch())
    order(feed, 2, 5, "0.00")
    reason = engine.apply(feed.batch()).failures["shares"]
    assert "division by zero (in: group by" in reason


def test_a_column_that_the_source_dropped_is_stored_no_longer(
    engine: DuckDBEngine, feed: Feed
) -> None:
    declare(engine, feed, "notes", "SELECT id, note FROM orders")
    declare(engine, feed, "totals", TOTALS)
    engine.apply(feed.batch())
    kept = tuple(c for c in ORDERS.columns if c.name != "note")
    feed.alter(TableSchema("public.orders", kept, ("id",), Lsn(feed.lsn)))
    engine.apply(feed.batch())
    assert tuple(engine.store.tables._stored["public.orders"]) == ("id", "customer", "amount")
