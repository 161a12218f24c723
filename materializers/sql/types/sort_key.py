"""By what rows are sorted."""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sql.types.expression import Expression


@dataclass(frozen=True, slots=True)
class SortKey:
    """One item of an ORDER BY. `value` sorts in the engine as PostgreSQL sorts what was written."""

    value: Expression
    is_descending: bool = False
    is_null_first: bool = False


Order = tuple[SortKey, ...]
"""The keys of an ORDER BY, the first one first; empty where any order serves."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which rows of an order there are: `limit` of them (None: all), behind `offset`. `ties`: also
    those behind them that agree with the last one in these keys (WITH TIES)."""

    order: Order
    limit: Expression | None
    offset: Expression | None = None
    ties: Order = ()
