"""A log that ends anywhere, or whose last pages were never written, leaves whole batches: the
rows, the changes and the position are of one cut."""

from __future__ import annotations

import shutil
from collections import defaultdict
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from tests.rows.shop_state import Order, moved, opened, shown

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
    batches, expected = [], [Rows()]
    path, reached = tmp_path / "state.db", set()
    with closing(opened(path)) as state:
        for version in range(1, BATCHES + 1):
            batches.append(_batch(random, orders))
            expected.append(_totals(orders))
            moved(state, version, *batches[-1])
        for tear in range(TEARS):
            _torn(random, path, tmp_path / f"{tear}")
    for tear in range(TEARS):
        with closing(opened(tmp_path / f"{tear}" / path.name)) as state:
            at = int(state.position or 0)
            reached.add(at)
            assert shown(state, "totals") == expected[at], f"tear {tear}, at {at}"
            for version in range(at + 1, BATCHES + 1):
                moved(state, version, *batches[version - 1])
            assert shown(state, "totals") == expected[-1], f"tear {tear}, from {at}"
            assert {row[0] for row in shown(state, "names")} == set(orders)
    assert len(reached) > 10, reached
