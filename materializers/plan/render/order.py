"""ORDER BY."""

from __future__ import annotations

from materializers.plan.render.words import words
from materializers.plan.types.sort_key import Order, SortKey


def order_words(order: Order) -> str:
    """The clause, with a blank before it; empty where there is no order."""
    return f" ORDER BY {', '.join(map(_key, order))}" if order else ""


def _key(key: SortKey) -> str:
    direction = "DESC" if key.is_descending else "ASC"
    return f"{words(key.value)} {direction} NULLS {'FIRST' if key.is_null_first else 'LAST'}"
