"""Views edited, added, renamed, removed and broken while the pipeline runs, over real servers."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from materializers.sinks.redis import read_live
from tests.crash.bank import Watcher
from tests.crash.looks import one_row
from tests.e2e.edited import TABLE, TOPS, cache_look, index_look
from tests.e2e.edited import twins as twins
from tests.e2e.twins import BUILD, SINKS, Twins, faults_of


@pytest.mark.timeout(300)
def test_every_look_shows_the_old_view_or_the_new_one_at_one_cut(
    twins: Twins, redis_url: str, elasticsearch_url: str
) -> None:
    watchers = {
        "table": Watcher(partial(one_row, twins.dsn, TABLE)),
        "tops": Watcher(partial(one_row, twins.dsn, TOPS)),
        "index": Watcher(partial(index_look, elasticsearch_url, f"{twins.prefix}pairs")),
        "cache": Watcher(partial(cache_look, redis_url)),
    }
    for watcher in watchers.values():
        watcher.start()
    before = twins.generations()

    twins.write("pairs", twins.pairs(1))  # the state has all its input rows
    twins.until(lambda: twins.is_at_build(1) and twins.is_at_build(1, "tops", "highest"))
    assert "view pairs: 40 rows built from the state" in twins.log()
    assert "from offset zero" not in twins.log()
    twins.until(lambda: all(twins.generations()[s] > before[s] for s in SINKS - {"singles_table"}))
    assert twins.generations()["singles_table"] == before["singles_table"]

    twins.write("pairs", twins.pairs(2, ", one.extra"))  # a column that the state lacks
    twins.until(lambda: twins.is_at_build(2) and twins.is_at_build(2, "tops", "highest"))
    assert "view pairs: the state lacks what it reads: from offset zero" in twins.log()
    assert twins.answer("select extra from pairs where id = 3") == ("x",)
    assert twins.goes_on() and twins.goes_on("singles")
    twins.until(lambda: twins.generations()["pairs_cache"] >= before["pairs_cache"] + 2)
    for name, watcher in watchers.items():
        seen: list[Any] = watcher.finish()
        assert len({look[0] // BUILD for look in seen}) == 3, f"{name} never saw a build"
        assert not faults_of(seen, 1 if name == "cache" else 40), name


@pytest.mark.timeout(300)
def test_views_come_and_go_and_faults_leave_the_live_ones(twins: Twins) -> None:
    before = twins.generations()
    twins.write("sums", ADDED)
    twins.until(lambda: twins.answer("select id from sums") is not None)
    assert twins.goes_on("sums", "n")

    twins.remove("sums")
    twins.write("tops", "")
    twins.until(lambda: {entry["view"] for entry in twins.views()} == {"pairs", "singles"})
    twins.until(lambda: "view sums is no longer in the project" in twins.log())
    assert twins.answer("select count(*) from sums") == (40,)  # the rows of the removed view stay
    assert set(twins.status()["storage"]["views"]) == {"pairs", "singles"}

    twins.write("pairs", twins.pairs(1).replace("one.n +", "one.nope +"))
    twins.until(lambda: bool(twins.status()["edits"]))
    (fault,) = twins.status()["edits"]
    assert fault["view"] == "pairs" and "pairs.sql:3:" in fault["error"]
    assert 'column "one.nope"' in fault["error"] or "nope" in fault["error"]
    assert twins.is_at_build(0) and twins.goes_on()

    twins.write("singles", "CREATE MATERIALISED VIEW singles AS SELECT id, n FROM two;")
    twins.until(lambda: {each["view"] for each in twins.status()["edits"]} == {None, "pairs"})
    assert "singles.sql:1:8" in twins.log() and twins.goes_on("singles")

    twins.write("singles", SINGLE)
    twins.write("pairs", twins.pairs(1))
    twins.until(lambda: twins.is_at_build(1) and not twins.status()["edits"])
    assert twins.goes_on() and twins.goes_on("singles")
    assert twins.generations()["singles_table"] == before["singles_table"]


ADDED = """
CREATE MATERIALIZED VIEW sums AS SELECT one.id, one.n, two.n AS m FROM one JOIN two USING (id);
CREATE SINK sums_table FROM sums WITH (connection = 'analytics', table = 'sums');
"""
SINGLE = """
CREATE MATERIALIZED VIEW singles AS SELECT id, n FROM two;
CREATE SINK singles_table FROM singles WITH (connection = 'analytics', table = 'singles');
"""


@pytest.mark.timeout(300)
def test_options_of_a_sink_make_a_new_generation(twins: Twins, redis_url: str) -> None:
    import redis

    before = twins.generations()
    text = twins.pairs(0)
    twins.write("pairs", text.replace("pair:{id}", "twin:{id}"))
    twins.until(lambda: twins.generations()["pairs_cache"] > before["pairs_cache"])
    with redis.Redis.from_url(redis_url) as client:
        found = read_live(client, "pairs_cache", "twin:7")
        assert found is not None and found["n"] == found["m"]
        assert read_live(client, "pairs_cache", "pair:7") is None
    assert twins.generations()["pairs_table"] == before["pairs_table"]
    assert "sink pairs_cache: live by its edited options" in twins.log()

    twins.write("pairs", text.replace("table = 'pairs'", "table = 'couples'"))
    twins.until(lambda: twins.answer("select n from couples") is not None)
    assert twins.goes_on("couples")

    twins.write("singles", SINGLE.replace("'singles')", "'singles', key = 'id, n')"))
    twins.until(lambda: twins.generations()["singles_table"] > before["singles_table"])
    assert twins.goes_on("singles")
