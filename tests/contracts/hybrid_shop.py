"""A shop whose views are handed over from one engine to the other."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.hybrid.groups import Place
from materializers.engines.row_engine.engine import RowEngine
from materializers.intake.batch import Batch
from tests.unit.shop import CUSTOMERS, NAMES, ORDERS, TOTALS, declare, order
from tests.views.feed import Feed

VIEWS = {"totals": TOTALS, "names": NAMES}
OPEN_BULK = partial(DuckDBEngine.open, threads=1)


class Shop:
    """A hybrid state, and all batches that it was given, for a state that is made again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.feed = folder, Feed([ORDERS, CUSTOMERS])
        self.batches: list[Batch] = []
        self.engine = self.opened()
        for name, sql in VIEWS.items():
            declare(self.engine, self.feed, name, sql)

    def opened(self) -> HybridEngine:
        return HybridEngine.open(self.folder / "live.duckdb", OPEN_BULK, RowEngine.open)

    def reopened(self) -> HybridEngine:
        self.engine.close()
        self.engine = self.opened()
        return self.engine

    def batch(self, number: int, customer: int, amount: str) -> Batch:
        order(self.feed, number, customer, amount)
        self.batches.append(self.feed.batch())
        return self.batches[-1]

    def move(self, number: int, customer: int, amount: str) -> None:
        assert not self.engine.apply(self.batch(number, customer, amount)).failures

    def made_again(self, place: Place) -> Path:
        """A closed state of that kind with the views, built from the same batches."""
        folder = self.folder / f"to {place.value}"
        folder.mkdir()
        beside = self.engine.open_beside(folder, place)
        for name, sql in VIEWS.items():
            declare(beside, self.feed, name, sql)
        for batch in self.batches:
            beside.apply(batch)
        beside.close()
        return folder

    def places(self) -> dict[str, Place]:
        return {name: group.place for group in self.engine.groups() for name in group.views}
