"""A log that ends anywhere, or whose last pages were never written, leaves whole batches: the
rows, the changes and the position are of one cut."""

from __future__ import annotations

import shutil
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from materializers.engines.row_engine.engine import RowEngine
from tests.rows.shop_state import VIEWS, Order, Shop

BATCHES = 30
TEARS = 40
Rows = list[tuple[Any, ...]]


def _batch(random: Random, orders: dict[int, Order]) -> list[Order | int]:
    found: list[Order | int] = []
    for _ in range(random.randint(1, 12)):
        number = random.randint(1, 40)
        if random.random() < 0.3:
            orders.pop(number, None)
            found.append(number)
        else:
            orders[number] = number, random.randint(1, 5), f"{random.randint(0, 999)}.00"
            found.append(orders[number])
    return found


def _totals(orders: dict[int, Order]) -> Rows:
    totals: dict[int, Decimal] = defaultdict(lambda: Decimal("0.00"))
    for _, customer, amount in orders.values():
        totals[customer] += Decimal(amount)
    return sorted(totals.items())


def _torn(random: Random, source: Path, target: Path) -> None:
    """A copy of the state as a machine may leave it that loses its power: a log that is short, or
    has a page of anything in it."""
    target.mkdir()
    shutil.copy(source, target / source.name)
    log = bytearray(source.with_name(f"{source.name}-wal").read_bytes())
    # Half of them where the tables of the store are made
    place = random.randrange(len(log) if random.random() < 0.5 else len(log) // 10)
    if random.random() < 0.5:
        del log[place:]
    else:
        log[place : place + 512] = random.randbytes(512)
    (target / f"{source.name}-wal").write_bytes(log)


def test_whatever_is_left_of_the_log_is_whole_batches(tmp_path: Path) -> None:
    random, orders = Random(7), dict[int, Order]()
    path, reached = tmp_path / "state.rows", set()
    shop, expected, batches = Shop(path), {0: Rows()}, dict[int, list[Order | int]]()
    for _ in range(BATCHES):
        changes = _batch(random, orders)
        shop.move(*changes)
        expected[shop.version], batches[shop.version] = _totals(orders), changes
    for tear in range(TEARS):
        _torn(random, path, tmp_path / f"{tear}")
    for tear in range(TEARS):
        shop.reopened(tmp_path / f"{tear}" / path.name)
        at = shop.version if shop.engine.cut is not None else 0
        reached.add(at)
        if len(shop.engine.views) < len(VIEWS):
            continue  # they were not declared yet
        if shop.engine.views["totals"].is_built:
            assert shop.shown("totals") == expected[at], f"tear {tear}, at {at}"
        for version in [version for version in batches if version > at]:
            shop.move(*batches[version])
        assert shop.shown("totals") == _totals(orders), f"tear {tear}, from {at}"
        assert {row[0] for row in shop.shown("names")} == set(orders)
    shop.engine.close()
    assert len(reached) > BATCHES // 4, "the tears reach all over the log"


def test_a_power_cut_before_anything_was_written_leaves_a_state_to_begin_with(
    tmp_path: Path,
) -> None:
    shop = Shop(tmp_path / "state.rows")
    shop.engine.close()
    RowEngine.open(tmp_path / "state.rows").close()
