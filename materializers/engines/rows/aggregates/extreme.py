"""min and max, and the representative of equal values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from materializers.engines.rows.aggregates.answer import Aggregates, Answer, over_present
from materializers.engines.rows.values import order_key
from materializers.sql.types.aggregate_call import AggregateCall


def _extreme(call: AggregateCall) -> Answer:
    choose: Callable[..., Any] = max if call.name == "max" else min
    key = order_key(call.arguments[0].type)
    return over_present(lambda values: choose(values, key=key))


def _first(call: AggregateCall) -> Answer:
    return lambda lines: lines[0][0] if lines else None


def _first_present(call: AggregateCall) -> Answer:
    return over_present(lambda values: values[0])


EXTREMES: Aggregates = {
    "min": _extreme,
    "max": _extreme,
    "first": _first,
    "any_value": _first_present,
    "representative": _first_present,
}
