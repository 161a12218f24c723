"""ORDER BY, LIMIT and OFFSET, bound."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.types.expression import Expression


@dataclass(frozen=True, slots=True)
class SortKey:
    """One item of an ORDER BY. `value`: a key that sorts as PostgreSQL sorts the written value."""

    value: Expression
    is_descending: bool = False
    is_null_first: bool = False


Order = tuple[SortKey, ...]
"""The keys of an ORDER BY; empty for any order."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`limit` rows (None: all) after the first `offset`, in `order`. `ties`: also the next rows
    that equal the last one in these keys (WITH TIES)."""

    order: Order
    limit: Expression | None
    offset: Expression | None = None
    ties: Order = ()
