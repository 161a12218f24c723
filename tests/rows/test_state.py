"""The row engine's state: what a batch leaves, what a restart finds, what readers see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from materializers.engines.rows.failure import EvaluationError, UnfitState
from materializers.engines.rows.state import State
from materializers.sql.types.captured import captured_type
from tests.rows.shop_state import VIEWS, add, applied, moved, opened, shown
from tests.unit.shop import NAMES, ORDERS, TOTALS

RATIO = "SELECT id, 10 / customer AS share FROM orders"
COUNT = "SELECT count(*) AS c, max(amount) AS most FROM orders"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with closing(opened(tmp_path / "state.db")) as found:
        yield found


def test_changes_are_told_and_kept(state: State) -> None:
    found = moved(state, 1, (1, 5, "2.50"), (2, 6, "1.00"), (3, 5, "1.00"))
    assert sorted(found["totals"]) == [
        ((5,), (5, Decimal("3.50"))),
        ((6,), (6, Decimal("1.00"))),
    ]
    assert sorted(found["totals"]) == sorted(state.changes("totals", 0))
    found = moved(state, 2, (2, 5, "1.00"))
    assert sorted(found["totals"]) == [((5,), (5, Decimal("4.50"))), ((6,), None)]
    assert sorted(state.changes("totals", 1)) == sorted(found["totals"])
    assert shown(state, "totals") == [(5, Decimal("4.50"))]
    assert "totals" not in moved(state, 3, (2, 5, "1.00"))


def test_a_restart_goes_on_from_the_last_batch(state: State, tmp_path: Path) -> None:
    moved(state, 1, (1, 5, "2.50"), (2, 6, "1.00"))
    state.close()
    with closing(opened(tmp_path / "state.db")) as again:
        assert again.position == b"1"
        assert shown(again, "totals") == [(5, Decimal("2.50")), (6, Decimal("1.00"))]
        found = moved(again, 2, (3, 5, "1.00"), 2)
        assert sorted(found["totals"]) == [((5,), (5, Decimal("3.50"))), ((6,), None)]
        assert sorted(found["names"]) == [((2,), None), ((3,), (3, None))]


def test_a_row_without_groups_is_there_from_the_start_and_told_once(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "state.db", {"count": COUNT})) as state:
        assert moved(state, 1)["count"] == [((0,), (0, None))]
        assert not moved(state, 2)
    with closing(opened(tmp_path / "state.db", {"count": COUNT})) as state:
        assert not moved(state, 3)
        found = moved(state, 4, (1, 5, "2.50"))["count"]
        assert sorted(found) == [((0,), None), ((1,), (1, Decimal("2.50")))]


def test_a_record_that_does_not_fit_moves_nothing(state: State) -> None:
    moved(state, 1, (1, 5, "2.50"))
    with pytest.raises(EvaluationError):
        moved(state, 2, (3, 5, "7.00"), (2, 5, "much"))
    assert state.position == b"1"
    assert shown(state, "totals") == [(5, Decimal("2.50"))]


def test_a_view_that_fails_stops_alone(tmp_path: Path) -> None:
    views = {**VIEWS, "ratio": RATIO}
    with closing(opened(tmp_path / "state.db", views)) as state:
        moved(state, 1, (1, 5, "2.50"))
        found = applied(state, 2, (2, 0, "1.00"))
        assert found.failures == {"ratio": "division by zero"} and "ratio" not in found.changes
        assert sorted(found.changes) == ["names", "totals"]
        assert shown(state, "ratio") == [(1, 2)] and state.failure("ratio") == "division by zero"
        assert sorted(moved(state, 3, (3, 1, "1.00"))) == ["names", "totals"]
        assert shown(state, "totals") == [
            (0, Decimal("1.00")), (1, Decimal("1.00")), (5, Decimal("2.50"))
        ]  # fmt: skip
    with closing(opened(tmp_path / "state.db", views)) as again:
        assert shown(again, "ratio") == [(1, 2)] and again.failure("ratio") == "division by zero"
        assert sorted(moved(again, 4, (2, 2, "1.00"))) == ["totals"]
    with closing(opened(tmp_path / "state.db", views)) as again:
        assert shown(again, "ratio") == [(1, 2), (2, 5), (3, 10)] and not again.failure("ratio")
        assert moved(again, 5, (2, 1, "1.00"))["ratio"] == [((2,), (2, 10))]


def test_a_view_that_comes_later_is_built_from_the_tables(state: State, tmp_path: Path) -> None:
    moved(state, 1, (1, 5, "2.50"), (2, 4, "1.00"))
    state.close()
    with closing(opened(tmp_path / "state.db", {**VIEWS, "ratio": RATIO, "count": COUNT})) as again:
        assert shown(again, "ratio") == [(1, 2), (2, 2)] and not again.changes("ratio", 0)
        assert shown(again, "count") == [(2, Decimal("2.50"))]
        found = moved(again, 2, (2, 2, "3.00"))
        assert found["ratio"] == [((2,), (2, 5))]
        assert sorted(found["count"]) == [((2,), (2, Decimal("3.00")))]


def test_a_key_that_two_rows_have_is_refused(tmp_path: Path) -> None:
    views = {"plain": "SELECT id, customer FROM orders"}
    with closing(opened(tmp_path / "state.db", views, key="customer")) as state:
        moved(state, 1, (1, 5, "1.00"))
        assert moved(state, 2, (2, 5, "1.00"), 1)["plain"] == [((5,), (2, 5))]
        assert "not unique" in applied(state, 3, (1, 5, "1.00")).failures["plain"]
        assert shown(state, "plain") == [(2, 5)]
    with closing(opened(tmp_path / "other.db", views, key="customer")) as state:
        assert "not unique" in applied(state, 1, (2, 6, "1.00"), (3, 6, "1.00")).failures["plain"]


def test_a_view_that_cannot_be_built_is_not_there(state: State, tmp_path: Path) -> None:
    moved(state, 1, (1, 0, "2.50"))
    state.close()
    with pytest.raises(EvaluationError, match="division by zero"):
        opened(tmp_path / "state.db", {**VIEWS, "ratio": RATIO})
    with closing(opened(tmp_path / "state.db")) as again:
        assert sorted(moved(again, 2, (1, 5, "2.50"))["totals"]) == [
            ((0,), None), ((5,), (5, Decimal("2.50")))
        ]  # fmt: skip


def test_a_view_that_was_away_is_built_anew(state: State, tmp_path: Path) -> None:
    moved(state, 1, (1, 5, "2.50"))
    state.close()
    with closing(opened(tmp_path / "state.db", {"names": NAMES})) as without:
        moved(without, 2, (2, 5, "1.00"))
    with closing(opened(tmp_path / "state.db")) as again:
        assert shown(again, "totals") == [(5, Decimal("3.50"))]
        assert moved(again, 3, 1)["totals"] == [((5,), (5, Decimal("1.00")))]


def test_a_build_that_fails_leaves_what_other_views_read(state: State, tmp_path: Path) -> None:
    """The one that fails comes first, and groups as another one does."""
    moved(state, 1, (1, 5, "2.50"), (2, 6, "1.00"), (3, 6, "-1.00"))
    state.close()
    wrong = "SELECT customer, 1 / total AS t FROM (" + TOTALS + ") q"
    again = State.open(tmp_path / "state.db")
    with closing(again):
        with pytest.raises(EvaluationError):
            add(again, {"wrong": wrong})
        add(again, VIEWS, tables={})
        assert moved(again, 2, (4, 5, "1.00"))["totals"] == [((5,), (5, Decimal("3.50")))]


def test_a_build_counts_nothing_twice_that_another_view_keeps(tmp_path: Path) -> None:
    """The new view comes first, and takes the first rows of an order as the other one does."""
    least = "SELECT id, amount FROM orders ORDER BY amount, id LIMIT 2"
    with closing(opened(tmp_path / "state.db", {"least": least})) as state:
        moved(state, 1, (1, 5, "2.50"), (2, 6, "1.00"), (3, 6, "9.00"))
    views = {"sum": f"SELECT sum(amount) AS s, count(*) AS c FROM ({least}) q", "least": least}
    with closing(opened(tmp_path / "state.db", views)) as state:
        assert shown(state, "sum") == [(Decimal("3.50"), 2)]
        found = moved(state, 2, 2)
        assert [row for _, row in found["sum"] if row] == [(Decimal("11.50"), 2)]
        assert sorted(found["least"]) == [((2,), None), ((3,), (3, Decimal("9.00")))]


def test_tables_in_another_form_are_refused(state: State, tmp_path: Path) -> None:
    moved(state, 1, (1, 5, "2.50"))
    state.close()
    with closing(State.open(tmp_path / "state.db")) as again, pytest.raises(UnfitState):
        again.add_table("public.orders", [("id", captured_type(ORDERS.column("id")))], ["id"])


def test_a_sum_that_no_numeric_holds_stops_its_view(state: State) -> None:
    huge = "9" * 131_072
    moved(state, 1, (1, 5, huge))
    assert applied(state, 2, (2, 5, huge)).failures == {"totals": "value overflows numeric format"}
    assert shown(state, "totals") == [(5, Decimal(huge))]
    assert moved(state, 3, 1)["names"] == [((1,), None)]


def test_trimmed_changes_go(state: State) -> None:
    for version in (1, 2, 3):
        moved(state, version, (version, version, "1.00"))
    state.trim("totals", 2)
    moved(state, 4)
    assert [key for key, _ in state.changes("totals", 0)] == [(3,)]


def test_a_reader_stays_while_batches_go_on(state: State) -> None:
    moved(state, 1, (1, 5, "2.50"), (2, 6, "1.00"))
    rows = state.rows("totals")
    first = next(rows)
    moved(state, 2, (1, 7, "2.50"), 2)
    assert sorted([first, *rows]) == [(5, Decimal("2.50")), (6, Decimal("1.00"))]
