"""Changes of a relation's rows: each row with a weight, 1 where it comes and -1 where it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from materializers.engines.rows.scalar import Row

Weighted = tuple[Row, int]
Delta = list[Weighted]
"""In no order. It may hold changes that cancel each other, and one row more than once."""

Write = Callable[[Row], bytes]


def consolidated(delta: Iterable[Weighted], write: Write) -> dict[bytes, Weighted]:
    """What is left of changes that cancel each other, by the rows' bytes."""
    found: dict[bytes, Weighted] = {}
    for row, weight in delta:
        data = write(row)
        known = found.get(data)
        if known is None:
            found[data] = row, weight
        elif known[1] + weight:
            found[data] = row, known[1] + weight
        else:
            del found[data]
    return found


def difference(old: Iterable[Row], new: Iterable[Row], write: Write) -> Delta:
    """The changes from some rows to others."""
    changes = [(row, -1) for row in old]
    changes += [(row, 1) for row in new]
    return list(consolidated(changes, write).values())
