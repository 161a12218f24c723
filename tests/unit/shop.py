"""A small shop for tests of the engine: two tables, and views over them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import Engine
from materializers.view import ViewDefinition
from tests.views.feed import Feed, table_schema

ORDERS = table_schema(
    "public.orders",
    [("id", "integer"), ("customer", "integer"), ("amount", "numeric(12,2)"), ("note", "text")],
    ["id"],
)


CUSTOMERS = table_schema("public.customers", [("id", "integer"), ("name", "text")], ["id"])


TOTALS = "SELECT customer, sum(amount) AS total FROM orders GROUP BY customer"


NAMES = "SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer"


@pytest.fixture
def feed() -> Feed:
    return Feed([ORDERS, CUSTOMERS])


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    opened = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
    yield opened
    opened.close()


def declare(engine: Engine, feed: Feed, name: str, sql: str, generation: int = 1) -> None:
    definition = ViewDefinition(name, sql, Path("views/shop.sql"), 7)
    engine.declare(definition, feed.schemas, key=None, generation=generation)


def order(feed: Feed, number: int, customer: int | None, amount: str, note: str = "") -> None:
    row = {"id": number, "customer": customer, "amount": amount, "note": note}
    feed.put("public.orders", row)


def rows(engine: DuckDBEngine, view: str) -> list[tuple[Any, ...]]:
    found = [tuple(row.values()) for batch in engine.rows(view) for row in batch.to_pylist()]
    return sorted(tuple(map(str, row)) for row in found)
