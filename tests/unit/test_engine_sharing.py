"""Equal relations have one state in DuckDB; `tests/contracts/sharing_contract.py` holds what that
means for views, for every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from materializers.engines.duckdb.duckdb_view import live_state, state_of
from materializers.engines.duckdb.engine import DuckDBEngine
from tests.contracts.recomputed import check
from tests.unit.sharing_views import VIEWS, churn, declare_all, fill
from tests.unit.shop import CUSTOMERS, ORDERS, declare, order
from tests.views.feed import Feed

RANKS = "SELECT id, rank() OVER (ORDER BY amount, id) AS place FROM orders"


def stored(engine: DuckDBEngine) -> set[str]:
    found = engine.store.connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'operators'"
    ).fetchall()
    return {f'operators."{name}"' for (name,) in found}


@pytest.fixture
def three(engine: DuckDBEngine, feed: Feed) -> Iterator[DuckDBEngine]:
    declare_all(engine, feed)
    fill(feed)
    engine.apply(feed.batch())
    check(engine, feed)
    assert len(stored(engine)) == 1
    yield engine
    assert stored(engine) == state_of(engine.views.values())


def test_views_over_one_grouping_keep_one_state_table(three: DuckDBEngine, feed: Feed) -> None:
    operators = {id(o) for v in three.views.values() for o in v.operators() if o.state()}
    assert len(operators) == 1
    churn(three, feed, 5)


def test_no_state_is_left_of_views_that_went(engine: DuckDBEngine, feed: Feed) -> None:
    declare_all(engine, feed)
    for name in VIEWS:
        engine.forget(name)
    assert not stored(engine)


def test_state_of_a_stopped_view_is_not_taken_over(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "shares", VIEWS["shares"])
    declare(engine, feed, "all", "SELECT id, customer, amount FROM orders")
    fill(feed)
    engine.apply(feed.batch())
    order(feed, 4, 7, "0.00")
    engine.apply(feed.batch())
    assert not live_state(engine.views.values())


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_rebuilt_view_finds_the_same_state(
    three: DuckDBEngine, feed: Feed, tmp_path: Path, name: str, is_stopped: bool
) -> None:
    beside, second = DuckDBEngine.open(tmp_path / "new.duckdb"), Feed([ORDERS, CUSTOMERS])
    declare(beside, second, name, VIEWS[name], generation=2)
    fill(second)
    amounts = ["0.00", "4.50"] if is_stopped else ["4.50"]
    for amount in amounts:
        order(feed, 4, 7, amount)
        three.apply(feed.batch())
    second.lsn = feed.lsn - 10
    beside.apply(second.batch())
    assert stored(beside) == stored(three)
    beside.close()
    three.adopt(beside.path, name)
    check(three, feed)
    churn(three, feed, 5)


def test_what_is_recomputed_is_shared_too(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "one", RANKS)
    declare(engine, feed, "two", f"SELECT r.id, r.place + 1 AS p FROM ({RANKS}) r")
    declare(engine, feed, "other", RANKS.replace("amount, id", "id"))
    fill(feed)
    engine.apply(feed.batch())
    assert len(stored(engine)) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT customer, sum(amount) AS total, count(*) AS n FROM orders WHERE id > 1 GROUP BY 1",
        "SELECT customer, sum(amount) AS total, count(note) AS n FROM orders GROUP BY customer",
        "SELECT id AS customer, sum(amount) AS total, count(*) AS n FROM orders GROUP BY 1",
        "SELECT customer, sum(amount) AS total FROM (SELECT * FROM orders UNION ALL"
        " SELECT * FROM orders) o GROUP BY 1",
    ],
)
def test_what_is_unlike_is_not_shared(engine: DuckDBEngine, feed: Feed, sql: str) -> None:
    declare(engine, feed, "plain", VIEWS["plain"])
    declare(engine, feed, "other", sql)
    assert len(state_of(engine.views.values())) == 2
