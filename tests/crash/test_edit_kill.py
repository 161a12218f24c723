"""materialize is killed at random moments while views are edited: every read of every sink shows
one build of the view at one cut, and after each restart the newest edit takes effect."""

from __future__ import annotations

import random
import time
from functools import partial
from typing import Any

import pytest

from tests.crash.bank import Watcher
from tests.crash.looks import one_row
from tests.e2e.edited import TABLE, TOPS, cache_look, index_look
from tests.e2e.edited import twins as twins
from tests.e2e.twins import BUILD, Twins, faults_of

KILLS = 10
SEED = 20261124


@pytest.mark.timeout(400)
def test_a_kill_during_an_edit_leaves_the_old_view_or_the_new_one(
    twins: Twins, redis_url: str, elasticsearch_url: str
) -> None:
    rng = random.Random(SEED)
    watchers = {
        "table": Watcher(partial(one_row, twins.dsn, TABLE)),
        "tops": Watcher(partial(one_row, twins.dsn, TOPS)),
        "index": Watcher(partial(index_look, elasticsearch_url, f"{twins.prefix}pairs")),
        "cache": Watcher(partial(cache_look, redis_url)),
    }
    for watcher in watchers.values():
        watcher.start()
    for number in range(1, KILLS + 1):
        more = ", one.extra" if number % 3 == 0 else ""  # else the state suffices
        twins.write("pairs", twins.pairs(number, more))
        time.sleep(rng.uniform(0.8, 4.0))
        twins.processes.kill("materialize")
        twins.processes.start("materialize")
        if number % 2:
            twins.until(partial(twins.is_at_build, number))
    twins.until(lambda: twins.is_at_build(KILLS) and twins.is_at_build(KILLS, "tops", "highest"))
    assert twins.goes_on() and twins.goes_on("singles") and not twins.status()["edits"]
    for name, watcher in watchers.items():
        seen: list[Any] = watcher.finish()
        message = f"seed {SEED}, {name}"
        assert seen[-1][0] // BUILD == KILLS, message
        assert not faults_of(seen, 1 if name == "cache" else 40), message
