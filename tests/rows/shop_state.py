"""A small shop in a row engine's state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from materializers.engines.row_engine.engine import RowEngine
from tests.unit.shop import CUSTOMERS, NAMES, ORDERS, TOTALS, declare, order
from tests.views.feed import Feed

VIEWS = {"totals": TOTALS, "names": NAMES}

Order = tuple[int, int, str]
"""Of an order the id, the customer and the amount."""


class Shop:
    """A feed that goes on where a state is opened again. A version is the number of its batch."""

    def __init__(self, path: Path, views: Mapping[str, str] = VIEWS) -> None:
        self.path, self.feed = path, Feed([ORDERS, CUSTOMERS])
        self.engine = RowEngine.open(path)
        for name, sql in views.items():
            declare(self.engine, self.feed, name, sql)

    def reopened(self, path: Path | None = None) -> RowEngine:
        """The state as a restart finds it; the one at hand is closed."""
        self.engine.close()
        self.engine = RowEngine.open(path or self.path)
        return self.engine

    def move(self, *orders: Order | int) -> Mapping[str, int]:
        """A batch of orders, in which no view fails; a number alone is deleted."""
        for each in orders:
            if isinstance(each, int):
                self.feed.delete("public.orders", {"id": each})
            else:
                order(self.feed, *each)
        found = self.engine.apply(self.feed.batch())
        assert not found.failures
        return found.changed

    def shown(self, view: str) -> list[tuple[Any, ...]]:
        """All rows, in order."""
        found = (tuple(row.values()) for b in self.engine.rows(view) for row in b.to_pylist())
        return sorted(found)

    @property
    def version(self) -> int:
        assert self.engine.cut is not None
        return self.engine.cut.version
