"""The row engine beyond what every engine promises (`tests/contracts/engine_contract.py`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn
from materializers.engines.row_engine.engine import RowEngine
from materializers.errors import StateError, ViewError
from tests.contracts.engine_states import changed
from tests.rows.shop_state import Shop
from tests.unit.shop import TOTALS, declare, order
from tests.views.feed import Feed

RATIO = "SELECT id, 10 / customer AS share FROM orders"
COUNT = "SELECT count(*) AS c, max(amount) AS most FROM orders"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    found = Shop(tmp_path / "state.rows")
    yield found
    found.engine.close()


def test_a_row_without_groups_is_there_from_the_start_and_told_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "state.rows", {"count": COUNT})
    assert shop.move() == {"count": 1}
    assert shop.shown("count") == [(0, None)]
    shop.reopened()
    assert shop.move() == {"count": 0}
    before = shop.version
    shop.move((1, 5, "2.50"))
    assert changed(shop.engine.step("count", before)) == ([("1", "2.50")], [("0",)])
    shop.engine.close()


def test_the_row_that_made_a_view_fail_is_named(shop: Shop) -> None:
    declare(shop.engine, shop.feed, "ratio", RATIO)
    shop.move(*((number, 5, "1.00") for number in range(20)))
    for number in range(30):
        order(shop.feed, number, 0 if number == 17 else 6, "1.00")
    failures = shop.engine.apply(shop.feed.batch()).failures
    assert failures == {"ratio": "division by zero, at public.orders where id = 17"}
    assert shop.shown("ratio") == [(number, 2) for number in range(20)]
    assert shop.shown("totals") == [(0, Decimal("1.00")), (6, Decimal("29.00"))]


def test_a_view_that_stopped_stays_so_after_a_restart(shop: Shop) -> None:
    declare(shop.engine, shop.feed, "ratio", RATIO)
    shop.move((1, 5, "2.50"))
    order(shop.feed, 2, 0, "1.00")
    shop.engine.apply(shop.feed.batch())
    failure = shop.engine.views["ratio"].failure
    shop.reopened()
    assert shop.engine.views["ratio"].failure == failure is not None
    assert shop.move((2, 2, "1.00")) == {"totals": 2, "names": 0}
    assert shop.shown("ratio") == [(1, 2)]


def test_a_key_that_two_rows_have_is_refused(tmp_path: Path, shop: Shop) -> None:
    definition = "SELECT id, customer FROM orders"
    declare_keyed(shop, "plain", definition, "customer")
    shop.move((1, 5, "1.00"))
    assert shop.move((2, 5, "1.00"), 1)["plain"] == 1
    order(shop.feed, 1, 5, "1.00")
    failures = shop.engine.apply(shop.feed.batch()).failures
    assert failures["plain"].startswith("the key is not unique: two rows with customer = 5")
    assert shop.shown("plain") == [(2, 5)]


def declare_keyed(shop: Shop, name: str, sql: str, key: str) -> None:
    from materializers.view import ViewDefinition

    definition = ViewDefinition(name, sql, Path("views/shop.sql"), 1)
    shop.engine.declare(definition, shop.feed.schemas, key=(key,), generation=1)


def test_a_build_that_fails_leaves_what_other_views_read(shop: Shop) -> None:
    """The one that fails groups as another one does."""
    from materializers.view import ViewDefinition

    shop.move((1, 5, "2.50"), (2, 6, "1.00"), (3, 6, "-1.00"))
    sql = f"SELECT customer, 1 / total AS t FROM ({TOTALS}) q"
    wrong = ViewDefinition("wrong", sql, Path("views/shop.sql"), 1)
    with pytest.raises(ViewError, match="division by zero"):
        shop.engine.build(wrong, key=None, generation=2)
    assert "wrong" not in shop.engine.views
    shop.move((4, 5, "1.00"))
    assert shop.shown("totals") == [(5, Decimal("3.50")), (6, Decimal("0.00"))]
    shop.reopened()
    assert shop.shown("totals") == [(5, Decimal("3.50")), (6, Decimal("0.00"))]


def test_a_build_counts_nothing_twice_that_another_view_keeps(shop: Shop) -> None:
    """The new view takes the first rows of an order as the other one does."""
    from materializers.view import ViewDefinition

    least = "SELECT id, amount FROM orders ORDER BY amount, id LIMIT 2"
    declare(shop.engine, shop.feed, "least", least)
    shop.move((1, 5, "2.50"), (2, 6, "1.00"), (3, 6, "9.00"))
    sql = f"SELECT sum(amount) AS s, count(*) AS c FROM ({least}) q"
    shop.engine.build(ViewDefinition("sum", sql, Path("v.sql"), 1), key=None, generation=2)
    assert shop.shown("sum") == [(Decimal("3.50"), 2)]
    shop.move(2)
    assert shop.shown("sum") == [(Decimal("11.50"), 2)]
    assert shop.shown("least") == [(1, Decimal("2.50")), (3, Decimal("9.00"))]


def test_a_sum_that_no_numeric_holds_stops_its_view(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "state.rows")
    huge = "9" * 131_072
    order(shop.feed, 1, 5, huge)
    order(shop.feed, 2, 5, huge)
    failures = shop.engine.apply(shop.feed.batch()).failures
    assert failures == {"totals": "value overflows numeric format"}
    assert shop.engine.views["totals"].failure and not shop.engine.views["totals"].is_built
    shop.engine.close()


def test_a_state_of_another_version_is_refused(shop: Shop) -> None:
    shop.move((1, 5, "1.00"))
    shop.engine.close()
    with sqlite3.connect(shop.path) as state:
        (number,) = state.execute("SELECT id FROM spaces WHERE name = 'meta'").fetchone()
        state.execute(f"UPDATE s{number} SET v = x'30' WHERE k = x'666f726d6174'")
    state.close()
    with pytest.raises(StateError, match="another version"):
        RowEngine.open(shop.path)


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.rows").write_bytes(b"nonsense" * 1000)
    with pytest.raises(StateError, match="cannot be used"):
        RowEngine.open(tmp_path / "state.rows")


def test_nan_in_decimals_plans_a_view_anew(tmp_path: Path) -> None:
    typmod = (10 << 16 | 2) + 4
    columns = (
        Column("id", "integer", 23, -1, False),
        Column("a", "numeric", 1700, typmod, True),
        Column("l", "numeric[]", 1231, typmod, True),
    )
    feed = Feed([TableSchema("public.m", columns, ("id",), Lsn(1))])
    engine = RowEngine.open(tmp_path / "state.rows")
    declare(engine, feed, "numbers", "SELECT id, a FROM m")
    declare(engine, feed, "lists", "SELECT id, l FROM m")
    feed.put("public.m", {"id": 1, "a": "1.50", "l": ["1.50"]})
    assert not engine.apply(feed.batch()).failures
    feed.put("public.m", {"id": 2, "a": "1.50", "l": ["NaN", None]})
    assert not engine.apply(feed.batch()).failures
    assert {n for n, view in engine.views.items() if view.stored.is_wide} == {"lists"}
    feed.put("public.m", {"id": 2, "a": "NaN", "l": []})
    assert not engine.apply(feed.batch()).failures
    assert {n for n, view in engine.views.items() if view.stored.is_wide} == {"lists", "numbers"}
    shown = [row["a"] for batch in engine.rows("numbers") for row in batch.to_pylist()]
    assert sorted(shown) == ["1.50", "NaN"]
    engine.close()


def test_a_reading_that_was_given_up_holds_no_version(shop: Shop) -> None:
    shop.move(*((number, number, "1.00") for number in range(20_000)))
    left = [shop.engine.whole("totals", 1.0) for _ in range(2)]
    for whole in left:
        next(whole.batches)
        whole.close()
    shop.move((1, 1, "2.00"), *range(100, 20_000))
    (row, *_) = [row for row in shop.shown("totals") if row[0] == 1]
    assert row == (1, Decimal("2.00"))
    with pytest.raises(StateError, match="cannot be used"):
        next(left[0].batches)


def test_no_reader_makes_a_state_where_it_was_removed(shop: Shop) -> None:
    shop.move((1, 5, "1.00"))
    shop.path.rename(shop.path.with_name("elsewhere"))
    with pytest.raises(StateError, match="unable to open"):
        shop.engine.changes_waiting("totals")
    assert not shop.path.exists()


def test_a_state_whose_views_are_planned_otherwise_now_is_refused(shop: Shop) -> None:
    """Its operators would look for their rows under other names, and find none."""
    shop.move((1, 5, "1.00"))
    shop.engine.file.meta.write({b"plan totals": b"of another version"})
    shop.engine.close()
    with pytest.raises(StateError, match="another version"):
        RowEngine.open(shop.path)
