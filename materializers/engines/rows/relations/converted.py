"""Converts rows to other types, column by column."""

from __future__ import annotations

from collections.abc import Callable

from materializers.engines.rows.casts import conversion
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.relation import Columns


def converted(rows: list[Row], convert: Callable[[Row], Row] | None) -> list[Row]:
    return rows if convert is None else [convert(row) for row in rows]


def conversion_of(source: Columns, target: Columns) -> Callable[[Row], Row] | None:
    """The conversion of a row; None where all representations are the same. Raises Unsupported."""
    conversions = [conversion(a.type, b.type) for a, b in zip(source, target, strict=True)]
    if not any(conversions):
        return None

    def convert(row: Row) -> Row:
        pairs = zip(row, conversions, strict=True)
        return tuple([v if v is None or change is None else change(v) for v, change in pairs])

    return convert
