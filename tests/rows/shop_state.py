"""A small shop in a row engine's state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from cdc.contract.schemas import TableSchema
from materializers.engines.rows.operators.output import Change
from materializers.engines.rows.state import Applied, State
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view
from materializers.sql.types.captured import captured_type
from materializers.view import ViewDefinition
from tests.unit.shop import CUSTOMERS, NAMES, ORDERS, TOTALS

SCHEMAS = {schema.table: schema for schema in (ORDERS, CUSTOMERS)}
VIEWS = {"totals": TOTALS, "names": NAMES}

Order = tuple[int, int, str]
"""Of an order the id, the customer and the amount."""


def opened(path: Path, views: Mapping[str, str] = VIEWS, key: str = "") -> State:
    state = State.open(path)
    add(state, views, key)
    return state


def add(
    state: State,
    views: Mapping[str, str],
    key: str = "",
    tables: Mapping[str, TableSchema] = SCHEMAS,
) -> None:
    for schema in tables.values():
        columns = [(c.name, captured_type(c)) for c in schema.columns]
        state.add_table(schema.table, columns, schema.key)
    for name, sql in views.items():
        definition = ViewDefinition(name, sql, Path("views/shop.sql"), 7)
        plan = plan_view(definition, SCHEMAS, (key,) if key else None, BUILT_IN)
        state.add_view(name, plan.root, plan.schema.key)


def applied(state: State, version: int, *orders: Order | int) -> Applied:
    """A batch of orders; a number alone is deleted."""
    keys, values = [], []
    for order in orders:
        number = order if isinstance(order, int) else order[0]
        keys.append(orjson.dumps({"id": number}))
        after = None
        if not isinstance(order, int):
            after = {"id": number, "customer": order[1], "amount": order[2], "note": None}
        values.append(orjson.dumps({"before": None, "after": after, "op": "c"}))
    return state.apply(version, b"%d" % version, {"public.orders": (keys, values)})


def moved(state: State, version: int, *orders: Order | int) -> Mapping[str, list[Change]]:
    """What such a batch changes, in which no view fails."""
    found = applied(state, version, *orders)
    assert not found.failures
    return found.changes


def shown(state: State, view: str) -> list[Any]:
    return sorted(state.rows(view))
