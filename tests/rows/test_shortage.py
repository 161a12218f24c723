"""A disk that is full, a folder that refuses, a process that is killed: whole batches, or none."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from materializers.engines.row_engine.engine import RowEngine
from materializers.errors import StateError
from tests.contracts.engine_states import shown
from tests.contracts.recomputed import check
from tests.rows.shop_state import VIEWS, Shop
from tests.unit.shop import declare, order

ROOT = Path(__file__).parent.parent.parent
NOTES = "SELECT id, note FROM orders"
BATCHES, KILLS = 400, 6


def _started(call: str) -> subprocess.Popen[str]:
    script = f"from tests.rows import test_shortage as t; t.{call}"
    out = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", script], stdout=out, cwd=ROOT, text=True)


def test_a_full_disk_moves_nothing_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    said, _ = _started(f"fill_until_full({str(tmp_path / 'state.rows')!r})").communicate()
    lines = said.splitlines()
    assert len(lines) == 3, lines
    assert all(f"the disk of {tmp_path} is full" in line for line in lines[:2])
    assert lines[2] == "went on"
    engine = RowEngine.open(tmp_path / "state.rows")
    assert len(shown(engine, "notes")) == 4001
    engine.close()


def fill_until_full(path: str) -> None:
    """Run in a process of its own; prints the errors."""
    shop = Shop(Path(path), {"notes": NOTES})
    shop.move((1, 5, "1.00"))
    for number in range(4000):
        order(shop.feed, 10 + number, number % 7, "1.00", f"{number:09}" * 100)
    batch, position = shop.feed.batch(), shop.engine.cut
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (300_000, 2_000_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
        try:
            shop.engine.apply(batch)
        except StateError as error:
            sys.stdout.write(f"{error}\n")
        assert shop.engine.cut == position and shop.shown("notes") == [(1, "")]
        assert shop.engine.views["notes"].failure is None
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert not shop.engine.apply(batch).failures
    check(shop.engine, shop.feed)
    shop.engine.close()
    sys.stdout.write("went on\n")


@pytest.mark.parametrize("place", ["nowhere/state.rows", "file/state.rows"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be used") as refused:
        RowEngine.open(tmp_path / place)
    assert "let the process read and write" in refused.value.fix


def test_a_file_that_is_damaged_while_in_use_is_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "state.rows", {"notes": NOTES})
    shop.move(*((number, 5, "1.00") for number in range(5000)))
    shop.engine.close()
    size = shop.path.stat().st_size
    with shop.path.open("r+b") as state:
        state.seek(8192)
        state.write(b"\x5a" * (size - 8192))
    with pytest.raises(StateError) as refused:
        shop.reopened()
        declare(shop.engine, shop.feed, "more", NOTES)
        shop.move((1, 5, "2.00"))
        shop.shown("notes")
    assert "cannot be used" in refused.value.message and "remove the state" in refused.value.fix
    shop.engine.close()


def test_a_process_that_is_killed_leaves_whole_batches(tmp_path: Path) -> None:
    """It is killed behind any batch or within one, and goes on in another process."""
    random, path, reached = Random(3), tmp_path / "state.rows", 0
    for _ in range(KILLS):
        process = _started(f"go_on({str(path)!r})")
        assert process.stdout is not None
        for _ in range(random.randint(1, 12)):
            line = process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        shop = _replayed(path)
        assert shop.version >= max(int(line), reached), "what was applied is there"
        reached = shop.version
        shop.engine.close()


def _replayed(path: Path) -> Shop:
    """The state as it was left; all views are what their SQL says at its cut."""
    shop = Shop(path, {})
    version = shop.version
    for batch in range(BATCHES):
        _change(shop, batch)
        if shop.feed.batch().cut.version == version:
            break
    check(shop.engine, shop.feed)
    assert {name for name, view in shop.engine.views.items() if view.is_built} == {
        "totals",
        "names",
    }
    return shop


def _change(shop: Shop, batch: int) -> None:
    random = Random(batch)
    for _ in range(random.randint(1, 20)):
        number = random.randint(1, 60)
        if random.random() < 0.3:
            shop.feed.delete("public.orders", {"id": number})
        else:
            order(shop.feed, number, random.randint(1, 5), f"{random.randint(0, 99)}.00")
    shop.feed.put("public.customers", {"id": random.randint(1, 5), "name": f"n{batch}"})


def go_on(path: str) -> None:
    """Apply batches from where the state is; run in a process of its own, which says how far."""
    engine = RowEngine.open(Path(path))
    is_new = not engine.views
    engine.close()
    shop = Shop(Path(path), VIEWS if is_new else {})
    version = shop.version if shop.engine.cut is not None else 0
    for batch in range(BATCHES):
        _change(shop, batch)
        made = shop.feed.batch()
        if made.cut.version > version:
            assert not shop.engine.apply(made).failures
            sys.stdout.write(f"{made.cut.version}\n")
            sys.stdout.flush()
