"""The work of planning grows linearly with a view's SQL: calls are counted, not time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.plan import Plan, Planning, make_plan
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.relations.set_operations import UnionAll
from materializers.view import ViewDefinition
from tests.unit.shop import CUSTOMERS, ORDERS, order, rows
from tests.views.feed import Feed

SCHEMAS = {table.table: table for table in (ORDERS, CUSTOMERS)}


def _branches(count: int) -> str:
    return " UNION ALL ".join(
        f"SELECT id, {number} AS part, amount FROM orders WHERE customer = {number}"
        for number in range(count)
    )


def _sum(count: int) -> str:
    return f"SELECT id, 1 AS part, {' + '.join(['customer'] * count)} AS total FROM orders"


def _parentheses(count: int) -> str:
    return f"SELECT id, 1 AS part, {'(' * count}customer{')' * count} AS x FROM orders"


def _conditions(count: int) -> str:
    tests = " AND ".join(f"customer <> {number}" for number in range(count))
    return f"SELECT id, 1 AS part FROM orders WHERE {tests}"


def _columns(count: int) -> str:
    listed = ", ".join(f"customer + {number} AS c{number}" for number in range(count))
    return f"SELECT id, 1 AS part, {listed} FROM orders"


def _plan(sql: str) -> Plan:
    definition = ViewDefinition("v", sql, Path("v.sql"), 1)
    return make_plan(definition, SCHEMAS, ("id", "part"), Planning(BUILT_IN))


@contextmanager
def _counted() -> Iterator[list[int]]:
    """How many functions are called inside."""
    calls = [0]

    def count(frame: FrameType, event: str, argument: Any) -> None:  # Any: as sys.setprofile has it
        calls[0] += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize(
    ("written", "count"), [(_branches, 50), (_sum, 200), (_conditions, 50), (_columns, 50)]
)
def test_eight_times_the_sql_takes_eight_times_the_calls(
    written: Callable[[int], str], count: int
) -> None:
    """A sum of 200 terms is compiled for the row engine, as longer ones are."""
    _plan(written(count))  # what is worked out once is no part of it
    taken = []
    for size in (count, 8 * count):
        with _counted() as calls:
            _plan(written(size))
        taken.append(calls[0])
    assert taken[1] < 8.1 * taken[0], taken


@pytest.mark.parametrize(
    ("written", "count"),
    [(_branches, 1000), (_sum, 1000), (_parentheses, 500), (_conditions, 1000)],
)
def test_long_sql_is_planned(written: Callable[[int], str], count: int) -> None:
    plan = _plan(written(count))
    if written is _branches:
        (union,) = (each for each in plan.relation.walk() if isinstance(each, UnionAll))
        assert len(union.sides) == count


def test_many_branches_are_kept(engine: DuckDBEngine, feed: Feed) -> None:
    definition = ViewDefinition("v", _branches(120), Path("v.sql"), 1)
    engine.declare(definition, feed.schemas, key=("id", "part"), generation=1)
    for number, customer in ((1, 3), (2, 119), (3, 500)):
        order(feed, number, customer, "1.50")
    engine.apply(feed.batch())
    assert rows(engine, "v") == [("1", "3", "1.50"), ("2", "119", "1.50")]
    order(feed, 1, 60, "2.00")
    feed.delete("public.orders", {"id": 2})
    order(feed, 3, 0, "0.25")
    assert not engine.apply(feed.batch()).failures
    assert rows(engine, "v") == [("1", "60", "2.00"), ("3", "0", "0.25")]
