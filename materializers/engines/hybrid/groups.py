"""Groups of views that share tables. One engine maintains a group, so that no table is stored
twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum


class Place(Enum):
    """The engine that maintains a view."""

    BULK = "DuckDB"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Group:
    """Labels of views, and the engine that maintains them."""

    place: Place
    views: frozenset[str]


def connected(tables: Mapping[str, Iterable[str]]) -> list[frozenset[str]]:
    """The connected groups of views. `tables`: by view, those that it reads."""
    groups: list[tuple[set[str], set[str]]] = []
    for view, reads in tables.items():
        views, common = {view}, set(reads)
        for group in [group for group in groups if group[1] & common]:
            groups.remove(group)
            views |= group[0]
            common |= group[1]
        groups.append((views, common))
    return [frozenset(views) for views, _ in groups]
