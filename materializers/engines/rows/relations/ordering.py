"""ORDER BY."""

from __future__ import annotations

from typing import TypeVar

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value, order_key
from materializers.sql.types.sort_key import Order, SortKey

T = TypeVar("T")
Keyed = tuple[Row, T]
"""(sort values, item)."""


def in_order(keyed: list[Keyed[T]], order: Order) -> list[Keyed[T]]:
    """The items, sorted; the sort is stable."""
    for place in range(len(order) - 1, -1, -1):
        keyed = _by(keyed, place, order[place])
    return keyed


def _by(keyed: list[Keyed[T]], place: int, by: SortKey) -> list[Keyed[T]]:
    absent = [each for each in keyed if each[0][place] is None]
    present = [each for each in keyed if each[0][place] is not None] if absent else list(keyed)
    key = order_key(by.value.type) or _itself

    def comparable(each: Keyed[T]) -> Value:
        return key(each[0][place])

    present.sort(key=comparable, reverse=by.is_descending)
    return absent + present if by.is_null_first else present + absent


def _itself(value: Value) -> Value:
    return value
