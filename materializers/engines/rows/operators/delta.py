"""Deltas: rows with weights, +1 for an inserted row and -1 for a deleted one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from materializers.engines.rows.scalar import Row

Weighted = tuple[Row, int]
Delta = list[Weighted]
"""Unordered, and not necessarily consolidated."""

Write = Callable[[Row], bytes]


def consolidated(delta: Iterable[Weighted], write: Write) -> dict[bytes, Weighted]:
    """Consolidates a delta; rows are equal if their bytes are."""
    by_data: dict[bytes, Weighted] = {}
    for row, weight in delta:
        data = write(row)
        known = by_data.get(data)
        if known is None:
            by_data[data] = row, weight
        elif known[1] + weight:
            by_data[data] = row, known[1] + weight
        else:
            del by_data[data]
    return by_data


def difference(old: Iterable[Row], new: Iterable[Row], write: Write) -> Delta:
    """The delta from some rows to others."""
    changes = [(row, -1) for row in old]
    changes += [(row, 1) for row in new]
    return list(consolidated(changes, write).values())
