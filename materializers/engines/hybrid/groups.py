"""Views that read common tables: they are kept by one engine, so that no table is kept twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum


class Place(Enum):
    """Which engine keeps a view."""

    BULK = "DuckDB"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Group:
    """Labels of views, and the engine that keeps them."""

    place: Place
    views: frozenset[str]


def connected(tables: Mapping[str, Iterable[str]]) -> list[frozenset[str]]:
    """By view the tables that it reads -> the views that hang together by tables."""
    groups: list[tuple[set[str], set[str]]] = []
    for view, reads in tables.items():
        views, common = {view}, set(reads)
        for group in [group for group in groups if group[1] & common]:
            groups.remove(group)
            views |= group[0]
            common |= group[1]
        groups.append((views, common))
    return [frozenset(views) for views, _ in groups]
