"""Keys by which GROUP BY, DISTINCT and joins compare rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import order_key
from materializers.sql.types.sql_type import SqlType


def row_key(kinds: Sequence[SqlType]) -> Callable[[Row], Row]:
    """A function that returns a hashable key for values of these types; equal values have equal
    keys, and NULL equals NULL."""
    keys = [order_key(kind) for kind in kinds]
    if not any(keys):
        return lambda row: row

    def keyed(row: Row) -> Row:
        return tuple(
            [v if v is None or key is None else key(v) for v, key in zip(row, keys, strict=True)]
        )

    return keyed
