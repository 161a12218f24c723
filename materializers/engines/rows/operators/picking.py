"""Some columns of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from materializers.engines.rows.scalar import Row

Pick = Callable[[Row], Row]


def picked(names: Sequence[str], wanted: Sequence[str]) -> Pick:
    """A function of a row that returns some of its columns."""
    places = [list(names).index(name) for name in wanted]
    if not places:
        return lambda row: ()
    if len(places) == 1:
        (place,) = places
        return lambda row: (row[place],)
    return itemgetter(*places)
