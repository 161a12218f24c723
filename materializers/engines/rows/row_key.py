"""What rows are equal by, as GROUP BY, DISTINCT and joins find them equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import order_key
from materializers.sql.types.sql_type import SqlType


def row_key(kinds: Sequence[SqlType]) -> Callable[[Row], Row]:
    """What is equal, and can be looked up, where values of these types are; NULL equals NULL."""
    keys = [order_key(kind) for kind in kinds]
    if not any(keys):
        return lambda row: row

    def keyed(row: Row) -> Row:
        return tuple(
            [v if v is None or key is None else key(v) for v, key in zip(row, keys, strict=True)]
        )

    return keyed
