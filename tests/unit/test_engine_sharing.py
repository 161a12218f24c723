"""Equal subplans are kept once, and no view depends on how another one fares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.kept_view import live_state, state_of
from tests.unit.sharing_views import GROUPING, VIEWS, check, churn, declare_all, fill
from tests.unit.shop import CUSTOMERS, ORDERS, declare, order
from tests.views.feed import Feed

RANKS = "SELECT id, rank() OVER (ORDER BY amount, id) AS place FROM orders"


def stored(engine: DuckDBEngine) -> set[str]:
    found = engine.store.connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kept'"
    ).fetchall()
    return {f'kept."{name}"' for (name,) in found}


@pytest.fixture
def three(engine: DuckDBEngine, feed: Feed) -> Iterator[DuckDBEngine]:
    declare_all(engine, feed)
    fill(feed)
    engine.apply(feed.batch())
    check(engine)
    assert len(stored(engine)) == 1
    yield engine
    assert stored(engine) == state_of(engine.views.values())


def test_views_over_one_grouping_keep_one_state_table(three: DuckDBEngine, feed: Feed) -> None:
    operators = {id(o) for v in three.views.values() for o in v.operators() if o.state()}
    assert len(operators) == 1
    churn(three, feed, 5)


@pytest.mark.parametrize("name", VIEWS)
def test_a_dropped_view_leaves_the_others_exact(three: DuckDBEngine, feed: Feed, name: str) -> None:
    three.forget(name)
    churn(three, feed, 5)
    for other in list(three.views):
        three.forget(other)
    assert not stored(three)


def test_a_stopped_view_leaves_the_others_exact(three: DuckDBEngine, feed: Feed) -> None:
    order(feed, 4, 7, "0.00")
    assert set(three.apply(feed.batch()).failures) == {"shares"}
    check(three)
    churn(three, feed, 5)


def test_a_new_view_finds_the_state_as_it_is(three: DuckDBEngine, feed: Feed) -> None:
    order(feed, 4, 7, "0.00")
    three.apply(feed.batch())  # stops one of them
    declare(three, feed, "again", GROUPING)
    order(feed, 4, 8, "3.00")
    assert "again" in three.apply(feed.batch()).changed
    check(three)
    churn(three, feed, 5)


def test_state_that_stood_still_is_not_taken_over(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "shares", VIEWS["shares"])
    declare(engine, feed, "all", "SELECT id, customer, amount FROM orders")
    fill(feed)
    engine.apply(feed.batch())
    order(feed, 4, 7, "0.00")
    engine.apply(feed.batch())
    assert not live_state(engine.views.values())
    order(feed, 4, 7, "1.00")
    engine.apply(feed.batch())
    declare(engine, feed, "plain", VIEWS["plain"])
    order(feed, 8, 5, "1.00")
    engine.apply(feed.batch())
    check(engine)
    churn(engine, feed, 9)


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
    check(three)
    churn(three, feed, 5)


def test_a_restart_finds_the_shared_state(feed: Feed, tmp_path: Path) -> None:
    engine = DuckDBEngine.open(tmp_path / "state.duckdb")
    declare_all(engine, feed)
    fill(feed)
    engine.apply(feed.batch())
    engine.forget("plain")
    engine.close()
    engine = DuckDBEngine.open(tmp_path / "state.duckdb")
    churn(engine, feed, 5)
    engine.close()


def test_what_is_recomputed_is_shared_too(engine: DuckDBEngine, feed: Feed) -> None:
    declare(engine, feed, "one", RANKS)
    declare(engine, feed, "two", f"SELECT r.id, r.place + 1 AS p FROM ({RANKS}) r")
    declare(engine, feed, "other", RANKS.replace("amount, id", "id"))
    fill(feed)
    engine.apply(feed.batch())
    assert len(stored(engine)) == 2
    churn(engine, feed, 5)


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
    fill(feed)
    engine.apply(feed.batch())
    churn(engine, feed, 5)
