"""Views that read views: name resolution, cycles, and the places of errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from materializers.engines.duckdb.plan import Planning, make_plan
from materializers.errors import ViewError
from materializers.project.references import linked, tables_read
from materializers.sql.catalogue import BUILT_IN
from materializers.view import ViewDefinition
from tests.unit.shop import CUSTOMERS, ORDERS

SCHEMAS = {s.table: s for s in (ORDERS, CUSTOMERS)}


def view(name: str, sql: str) -> ViewDefinition:
    return ViewDefinition(name, sql, Path(f"views/{name}.sql"), 3)


def over(*views: ViewDefinition) -> dict[str, list[str]]:
    found, problems = linked(views)
    assert not problems
    return {each.name: [inner.name for inner in each.over] for each in found}


def test_the_order_of_definitions_does_not_count() -> None:
    one = view("one", "SELECT id FROM orders")
    two = view("two", "SELECT id FROM one WHERE id IN (SELECT id FROM one)")
    three = view("three", "SELECT two.id FROM two JOIN one USING (id)")
    expected = {"one": [], "two": ["one"], "three": ["one", "two"]}
    assert over(one, two, three) == over(three, two, one) == expected


def test_the_tables_that_a_view_reads() -> None:
    one = view("one", "SELECT id FROM orders JOIN stock.items USING (id)")
    orders = view("orders", "SELECT id FROM orders")
    two = view(
        "two", "WITH few AS (SELECT id FROM one) SELECT id FROM few WHERE id IN (SELECT id FROM t)"
    )
    found, _ = linked([one, orders, two])
    assert [tables_read(each) for each in found] == [
        {"public.orders", "stock.items"}, {"public.orders"},
        {"public.orders", "stock.items", "public.t"},
    ]  # fmt: skip


def test_a_query_of_with_hides_a_view_where_it_is_seen() -> None:
    one = view("one", "SELECT id FROM orders")
    hidden = view("hidden", "WITH one AS (SELECT id FROM orders) SELECT id FROM one")
    inside = view("inside", "WITH one AS (SELECT id FROM one) SELECT id FROM one")
    found = over(one, hidden, inside)
    assert found["hidden"] == [] and found["inside"] == ["one"]


def test_a_views_own_name_and_a_qualified_one_mean_the_table() -> None:
    orders = view("orders", "SELECT id, amount FROM orders")
    other = view("other", "SELECT id FROM public.orders")
    assert over(orders, other) == {"orders": [], "other": []}
    assert set(make_plan(orders, SCHEMAS, None, Planning(BUILT_IN)).needs) == {"public.orders"}


def test_a_name_of_a_view_and_of_a_table_is_refused() -> None:
    own = view("orders", "SELECT id FROM orders")
    views, _ = linked([own, view("two", "SELECT id FROM orders")])
    with pytest.raises(ViewError, match=r"views/two.sql:3:16: .*\"orders\" is ambiguous") as caught:
        make_plan(views[1], SCHEMAS, None, Planning(BUILT_IN))
    assert "public.orders" in caught.value.fix
    views, _ = linked([own, view("two", "SELECT id FROM public.orders")])
    assert set(make_plan(views[1], SCHEMAS, None, Planning(BUILT_IN)).needs) == {"public.orders"}


def test_a_circle_is_refused_once_and_named() -> None:
    one = view("one", "SELECT id FROM orders JOIN three USING (id)")
    two = view("two", "SELECT id FROM one")
    three = view("three", "SELECT id FROM two")
    _, problems = linked([one, two, three])
    assert len(problems) == 1
    assert "one reads three reads two reads one" in problems[0].message
    assert str(problems[0]).startswith("views/two.sql:3:16")


def test_an_error_in_the_inner_view_stands_where_that_is() -> None:
    views, _ = linked([view("one", "SELECT nr FROM orders"), view("two", "SELECT nr FROM one")])
    with pytest.raises(ViewError, match=r"views/one.sql:3:8: view one: column \"nr\" does not"):
        make_plan(views[1], SCHEMAS, None, Planning(BUILT_IN))
    views, _ = linked([view("one", "SELECT id FROM orders"), view("two", "SELECT nr FROM one")])
    with pytest.raises(ViewError, match=r"views/two.sql:3:8: view two: column \"nr\" does not"):
        make_plan(views[1], SCHEMAS, None, Planning(BUILT_IN))


def test_another_inner_view_makes_another_view() -> None:
    outer = view("two", "SELECT id FROM one")
    (_, first), _ = linked([view("one", "SELECT id FROM orders"), outer])
    (_, second), _ = linked([view("one", "SELECT id FROM customers"), outer])
    assert first.sql == second.sql and first.texts != second.texts
