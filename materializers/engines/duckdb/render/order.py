"""Renders ORDER BY, LIMIT and OFFSET."""

from __future__ import annotations

from materializers.engines.duckdb.render.words import words
from materializers.sql.types.sort_key import Bounds, Order, SortKey


def order_words(order: Order) -> str:
    """The clause with a leading space; empty without an order."""
    return f" ORDER BY {', '.join(map(_key, order))}" if order else ""


def bounds_words(bounds: Bounds) -> str:
    """The clauses after a SELECT that limit its rows, with a leading space."""
    offset = words(bounds.offset) if bounds.offset is not None else ""
    if bounds.ties:
        return _with_ties(bounds, offset or "0")
    limit = f" LIMIT {words(bounds.limit)}" if bounds.limit is not None else ""
    return order_words(bounds.order) + limit + (f" OFFSET {offset}" if offset else "")


def _with_ties(bounds: Bounds, offset: str) -> str:
    """WITH TIES by the rank over the ties' keys; LIMIT 0 has no ties."""
    assert bounds.limit is not None, "WITH TIES belongs to a LIMIT"
    limit = words(bounds.limit)
    rank = f"rank() OVER ({order_words(bounds.ties).strip()})"
    tail = f" QUALIFY {rank} <= {offset} + {limit} AND {limit} > 0"
    if bounds.offset is None:
        return tail
    return f"{tail} AND row_number() OVER ({order_words(bounds.order).strip()}) > {offset}"


def direction_words(key: SortKey) -> tuple[str, str]:
    """A key's direction, and the place of NULL."""
    nulls = "NULLS FIRST" if key.is_null_first else "NULLS LAST"
    return "DESC" if key.is_descending else "ASC", nulls


def _key(key: SortKey) -> str:
    return " ".join((words(key.value), *direction_words(key)))
