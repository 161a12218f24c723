"""Groups in memory between batches: those of durable batches, and not too many."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from materializers.engines.rows.operators.circuit import Circuit, Moved
from materializers.engines.rows.operators.groups import RecentGroups
from materializers.engines.rows.store.store import Store
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view
from materializers.sql.types.captured import captured_type
from materializers.view import ViewDefinition
from tests.unit.shop import ORDERS, TOTALS


class _FullDiskError(Exception):
    pass


def _full_disk(moved: Moved) -> None:
    raise _FullDiskError


def test_too_many_groups_are_forgotten_of_all_operators() -> None:
    recent = RecentGroups(groups_max=3)
    one, two = recent.of_operator(), recent.of_operator()
    one.moved = {b"a": ([1], (1,)), b"b": ([1], (1,))}
    one.save()
    two.moved = {b"a": ([2], (2,))}
    two.save()
    assert set(one.known) == {b"a", b"b"} and set(two.known) == {b"a"}
    two.moved = {b"a": None, b"c": ([1], (1,))}
    two.save()
    assert set(one.known) == {b"a", b"b"} and set(two.known) == {b"c"}
    one.moved = {b"c": ([1], (1,))}
    one.save()
    assert not one.known and not two.known


def test_a_batch_that_is_not_durable_leaves_the_groups(tmp_path: Path) -> None:
    definition = ViewDefinition("totals", TOTALS, Path("totals.sql"), 1)
    plan = plan_view(definition, {ORDERS.table: ORDERS}, None, BUILT_IN)
    circuit = Circuit(Store.open(tmp_path / "state.rows"))
    columns = [(column.name, captured_type(column)) for column in ORDERS.columns]
    circuit.add_table(ORDERS.table, columns, ORDERS.key)
    circuit.add_view("totals", plan.root)
    circuit.move({ORDERS.table: [((1,), (1, 5, Decimal("2.50"), ""))]})
    with pytest.raises(_FullDiskError):
        circuit.move({ORDERS.table: [((2,), (2, 5, Decimal("9.00"), ""))]}, _full_disk)
    moved = circuit.move({ORDERS.table: [((2,), (2, 5, Decimal("1.00"), ""))]})
    assert moved.changes["totals"] == [((5, Decimal("2.50")), -1), ((5, Decimal("3.50")), 1)]
