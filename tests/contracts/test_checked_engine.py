"""Both engines maintain a view, and one in which they differ stops: for these tests one of the two
states is tampered with."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.outbox import view_table
from materializers.engines.hybrid.checked import CheckedEngine
from materializers.engines.hybrid.groups import Place
from materializers.engines.plan_lines import lines_of
from materializers.engines.row_engine.engine import RowEngine
from materializers.errors import ViewError
from tests.contracts.engine_states import changed, shown, version_of
from tests.contracts.hybrid_shop import OPEN_BULK, VIEWS, Shop
from tests.unit.shop import TOTALS, declare


class CheckedShop(Shop):
    """As `Shop`, with both engines for every view."""

    def opened(self) -> CheckedEngine:
        return CheckedEngine.open(self.folder / "live.duckdb", OPEN_BULK, RowEngine.open)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[CheckedShop]:
    found = CheckedShop(tmp_path)
    found.move(1, 5, "2.50")
    found.move(2, 6, "1.00")
    found.engine.take(found.made_again(Place.ROWS), Place.ROWS, VIEWS)
    yield found
    found.engine.close()


def in_both(shop: Shop) -> set[str]:
    return set(shop.engine.bulk.views.keys() & shop.engine.rows.views.keys())


def break_rows(shop: Shop) -> None:
    """A row of DuckDB's view has another value, in the closed file."""
    shop.engine.close()
    with duckdb.connect(shop.folder / "live.duckdb") as file:
        file.execute(f"UPDATE {view_table('totals')} SET total = 99 WHERE customer = 5")
    shop.engine = shop.opened()


def break_state(shop: Shop) -> None:
    """Only what DuckDB has summed is another value: the next change of a sum is wrong."""
    view = shop.engine.bulk.views["totals"]
    assert isinstance(view, DuckDBView)
    connection = shop.engine.bulk.store.connection
    (table,) = [t for t, columns in view.plan.state().items() if "DECIMAL" in columns]
    names = [name for name, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall()
             if kind.startswith("DECIMAL")]  # fmt: skip
    connection.execute(f'UPDATE {table} SET "{names[0]}" = "{names[0]}" + 10')


def assert_stopped(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    failure = shop.engine.views["totals"].failure
    assert failure is not None and "DuckDB and the row engine differ at" in failure
    assert "1 unlike (customer = 5)" in failure and "rederive rebuild totals" in failure
    with pytest.raises(ViewError, match="differ"):
        shop.engine.full("totals")
    with pytest.raises(ViewError, match="differ"):
        shop.engine.whole("totals", 1.0)
    assert lines_of(shop.engine.explain("totals"))[0].endswith(failure)
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert "view totals stopped at" in line and "have other rows" in line
    assert "customer" not in line, "logs show no values of rows"


@pytest.mark.parametrize("is_reopened", [False, True])
def test_a_view_stays_in_both(shop: CheckedShop, is_reopened: bool) -> None:
    if is_reopened:
        shop.reopened()
    assert in_both(shop) == VIEWS.keys() and not shop.engine.groups()
    assert "compared at every cut" in "\n".join(lines_of(shop.engine.explain("totals")))
    before = version_of(shop.engine)
    shop.move(3, 6, "0.50")
    assert changed(shop.engine.step("totals", before)) == ([("6", "1.50")], [])
    assert shown(shop.engine, "totals") == [("5", "2.50"), ("6", "1.50")]


def test_rows_that_differ_stop_the_view_at_the_start(
    shop: CheckedShop, caplog: pytest.LogCaptureFixture
) -> None:
    break_rows(shop)
    assert_stopped(shop, caplog)
    assert shop.engine.step("totals", -1 + version_of(shop.engine)) is None
    before = version_of(shop.engine)
    shop.move(3, 5, "1.00")
    assert shop.engine.views["names"].failure is None
    assert changed(shop.engine.step("names", before)) == ([("3", "None")], [])
    assert shop.engine.step("totals", before) is None


def test_a_change_that_differs_is_given_to_nobody(
    shop: CheckedShop, caplog: pytest.LogCaptureFixture
) -> None:
    before = version_of(shop.engine)
    shop.move(3, 6, "0.50")
    break_state(shop)
    agreed = version_of(shop.engine)
    applied = shop.engine.apply(shop.batch(4, 5, "1.00"))
    assert applied.failures.keys() == {"totals"}
    assert_stopped(shop, caplog)
    for version in (before, agreed):
        assert shop.engine.step("totals", version) is None
    shop.reopened()
    assert "1 unlike (customer = 5)" in (shop.engine.views["totals"].failure or ""), "as ever"


def test_an_engine_that_is_ahead_is_compared_when_both_are_there(shop: CheckedShop) -> None:
    before = version_of(shop.engine)
    batch = shop.batch(3, 5, "1.00")
    shop.engine.rows.apply(batch)  # and a power cut takes it from the other one
    shop.reopened()
    assert shop.engine.step("totals", before) is None, "nobody has compared it"
    assert not shop.engine.apply(batch).failures
    assert changed(shop.engine.step("totals", before)) == ([("5", "3.50")], [])


def test_a_rebuilt_view_goes_on(shop: CheckedShop) -> None:
    break_rows(shop)
    folder = shop.folder / "rebuilt"
    folder.mkdir()
    beside = OPEN_BULK(folder / "pipeline.duckdb")
    declare(beside, shop.feed, "totals", TOTALS)
    for batch in shop.batches:
        beside.apply(batch)
    beside.close()
    shop.engine.adopt(folder / "pipeline.duckdb", "totals")
    assert shop.engine.views["totals"].failure is None and in_both(shop) == {"names"}
    assert [(group.place, group.views) for group in shop.engine.groups()] == [
        (Place.BULK, frozenset({"totals"}))
    ]
    assert shown(shop.engine, "totals") == [("5", "2.50"), ("6", "1.00")]
