"""Threads that read while batches go on and views come and go: each answer is of one cut."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pyarrow as pa

from materializers.engines.engine import Engine
from materializers.errors import OtherBuild, OutboxTrimmed, StateError, ViewError
from materializers.step import Step
from materializers.view import ViewDefinition
from tests.rows.shop_state import Shop
from tests.unit.shop import order

ROUNDS = 60
READERS = 4
SUMS = "SELECT 1 AS one, count(*) AS c, sum(amount) AS s FROM orders"
VIEWS = {
    "plain": "SELECT id, customer, amount FROM orders",
    "totals": "SELECT customer, sum(amount) AS total, count(*) AS c FROM orders GROUP BY customer",
    "sums": SUMS,
}
NAMES = (*VIEWS, "more", "totals#next")


class Reader(threading.Thread):
    """Asks at random until it is told to end. `faults`: what it saw that may not be. The amounts of
    all orders sum up to the version of the cut."""

    def __init__(self, engine: Engine, number: int) -> None:
        super().__init__()
        self.faults: list[BaseException] = []
        self.answers = 0
        self.is_ending = False
        self._engine, self._random = engine, Random(number)
        self._asks: list[Callable[[str], None]] = [
            self._full, self._whole, self._step, self._again, self._explain, self._storage,
        ]  # fmt: skip

    def run(self) -> None:
        while not self.is_ending:
            try:
                self._random.choice(self._asks)(self._random.choice(NAMES))
                self.answers += 1
            except (OtherBuild, OutboxTrimmed, ViewError):
                continue
            except StateError as error:
                if "no exact cut came in time" not in error.message:
                    self.faults.append(error)
            except BaseException as error:
                self.faults.append(error)

    def _full(self, view: str) -> None:
        step = self._engine.full(view)
        _require_one_cut(view, step.version, pa.Table.from_batches(step.upserts))

    def _whole(self, view: str) -> None:
        whole = self._engine.whole(view, 0.0)
        with closing(whole):
            if self._random.random() < 0.3:
                next(whole.batches, None)
                return
            found = pa.Table.from_batches(whole.batches, whole.types)
        _require_one_cut(view, whole.cut.version, found)

    def _step(self, view: str) -> None:
        kept = self._engine.view(view)
        cut = self._engine.cut
        assert cut is not None
        after = cut.version - 10 * self._random.randint(0, 3)
        step = self._engine.step(view, after, kept.generation)
        if step is not None and view == "sums":
            _require_one_cut(view, step.version, pa.Table.from_batches(step.upserts))

    def _again(self, view: str) -> None:
        kept = self._engine.view(view)
        cut = self._engine.cut
        assert cut is not None
        found: list[pa.RecordBatch] = []

        def every(_: list[pa.RecordBatch], rows: Iterator[pa.RecordBatch]) -> list[pa.RecordBatch]:
            found.extend(rows)
            return []

        step: Step | None = self._engine.again(view, cut.version - 10, kept.generation, every)
        if step is not None:
            _require_one_cut(view, step.version, pa.Table.from_batches(found))

    def _explain(self, view: str) -> None:
        self._engine.view(view)
        self._engine.explain(view)

    def _storage(self, _: str) -> None:
        assert self._engine.storage()["file_bytes"] > 0


def _require_one_cut(view: str, version: int, rows: pa.Table) -> None:
    """All amounts together are the version of the cut."""
    found = rows.to_pydict()
    name = {"plain": "amount", "sums": "s"}.get(view, "total")
    if name in found:
        assert sum(found[name]) == version, f"{view} at {version}: {sum(found[name])}"


def test_each_answer_is_of_one_cut(tmp_path: Path) -> None:
    shop, random = Shop(tmp_path / "state.rows", VIEWS), Random(1)
    _next_cut(shop, random)
    readers = [Reader(shop.engine, number) for number in range(READERS)]
    for each in readers:
        each.start()
    try:
        for number in range(ROUNDS):
            _next_cut(shop, random)
            _change_views(shop, number)
    finally:
        for each in readers:
            each.is_ending = True
        for each in readers:
            each.join()
        shop.engine.close()
    faults = [fault for each in readers for fault in each.faults]
    assert not faults, faults[:3]
    assert all(each.answers > 5 for each in readers)


def _next_cut(shop: Shop, random: Random) -> None:
    """Orders move between customers; the sum of all is the version that comes."""
    version = shop.feed.lsn + 10
    kept = [random.randint(0, 3) for _ in range(30)]
    for number, amount in enumerate(kept):
        order(shop.feed, number, random.randint(1, 5), f"{amount}.00")
    order(shop.feed, 30, 1, f"{version - sum(kept)}.00")
    assert not shop.engine.apply(shop.feed.batch()).failures


def _change_views(shop: Shop, number: int) -> None:
    definition = ViewDefinition("totals", VIEWS["totals"], Path("v.sql"), 1)
    more = ViewDefinition("more", VIEWS["totals"], Path("v.sql"), 1)
    engine, turn = shop.engine, number % 10
    for name in VIEWS:
        engine.trim(name, shop.version - 20)
    if turn == 2:
        engine.build(more, key=None, generation=number)
    elif turn == 4:
        engine.build(definition, key=None, generation=number, is_next=True)
    elif turn == 6:
        engine.promote("totals")
    elif turn == 7:
        engine.forget("more")
    elif turn == 8:
        engine.build(definition, key=None, generation=number)
