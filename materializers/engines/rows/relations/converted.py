"""Rows in the types of the query that they become part of."""

from __future__ import annotations

from collections.abc import Callable

from materializers.engines.rows.casts import conversion
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.relation import Columns


def converted(rows: list[Row], convert: Callable[[Row], Row] | None) -> list[Row]:
    return rows if convert is None else [convert(row) for row in rows]


def conversion_of(source: Columns, target: Columns) -> Callable[[Row], Row] | None:
    """The conversion column by column; None where every value is the same. Raises Unsupported."""
    found = [conversion(a.type, b.type) for a, b in zip(source, target, strict=True)]
    if not any(found):
        return None

    def convert(row: Row) -> Row:
        pairs = zip(row, found, strict=True)
        return tuple([v if v is None or change is None else change(v) for v, change in pairs])

    return convert
