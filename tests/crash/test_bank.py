"""Kill -9 at random points, against the real servers: nothing is lost or doubled, and no sink ever
shows another sum than the bank's."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg
import pytest
import redis
from elasticsearch import Elasticsearch

from materializers.sinks.redis import read_live
from tests.crash.bank import ACCOUNTS, TOTAL, Bank, Processes, Rebuilder, Watcher, write_project
from tests.crash.hand_overs import ENGINES, await_hand_over, await_rows, lose_power
from tests.crash.intruder import Intruder
from tests.crash.looks import index_sums, live_row, one_row, wait_for
from tests.leftovers import Background

KILLS = 8
# The turn in which a second pipeline is refused, and the one in which it takes over; later ones
# come at random, once in so many turns.
REFUSED_TURN, TAKE_OVER_TURN, TURNS_PER_INTRUSION = 1, 3, 10
SEED = 20261123
PAUSE_S = 5.0
"""Between two rebuilds, after which the view is in DuckDB."""


@pytest.fixture
def bank_kills(pytestconfig: pytest.Config) -> int:
    """How often a process is killed, with a second pipeline among every few of them."""
    return pytestconfig.getoption("--bank-kills") or KILLS


@pytest.mark.timeout(0)
def test_no_sink_ever_shows_half_a_transfer(
    tmp_path: Path,
    topic_prefix: str,
    places: dict[str, str],
    bank_kills: int,
    engine: str,
    record_property: Callable[[str, object], None],
) -> None:
    seed = SEED if bank_kills == KILLS else random.randrange(10**9)
    rng = random.Random(seed)
    project = tmp_path / "bank"
    prefix = topic_prefix.replace("-", "_").replace(".", "_")
    dsn = places["postgres"]
    write_project(project, prefix, places, ENGINES[engine])
    bank = Bank(dsn, rng)
    bank.open()
    teller = Background(bank.run)
    teller.start()
    watchers = [
        Watcher(partial(one_row, dsn, "select sum(worth), count(*) from balances")),
        Watcher(partial(one_row, dsn, "select worth, accounts from bank")),
        Watcher(partial(index_sums, places["elasticsearch"], f"{prefix}balances", "worth")),
        Watcher(partial(live_row, places["redis"], "bank_cache", f"{prefix}:bank")),
    ]
    processes = Processes(project)
    state = project / ".rederive"
    has_rows = engine != "duckdb"
    rebuilder = Rebuilder(state, "balances", PAUSE_S if has_rows else 0.0)
    intruder = Intruder(processes, rng, dsn)
    try:
        for command in ("capture", "materialize"):
            processes.start(command)
        for watcher in watchers:
            watcher.start()
        rebuilder.start()
        wait_for(processes, state, ["balances", "bank"], position(dsn))
        turns = range(bank_kills)
        timed = sum(disturb(turn, processes, intruder, has_rows=has_rows) for turn in turns)
        time.sleep(2)
        rebuilder.finish()
        if has_rows:
            await_rows(processes)
        teller.end()
        wait_for(processes, state, ["balances", "bank"], position(dsn))
        seen = [watcher.finish() for watcher in watchers]
        assert processes.stop() == {"capture": 0, "materialize": 0}
    finally:
        teller.end()
    assert bank.transfers > 500, "the workload hardly ran"
    assert intruder.refused > 0 and intruder.took_over > 0
    assert rebuilder.done > 0
    assert not list(state.glob("rebuild-*")), "of a rebuild that was killed"
    assert rebuilder.differences == 0
    for name, number in (
        ("seed", seed),
        ("kills", bank_kills),
        ("hand-overs ended by a kill", timed),
        ("looks", sum(watcher.looks for watcher in watchers)),
        ("second pipelines refused", intruder.refused),
        ("second pipelines that took over", intruder.took_over),
        ("rebuilds done", rebuilder.done),
        ("rebuilds cut short", rebuilder.cut_short),
        ("transactions", bank.transfers),
    ):
        record_property(name, number)
    message = f"seed {seed}"
    assert seen[:3] == [[(TOTAL, ACCOUNTS)]] * 3, message
    assert seen[3] == [{"name": "bank", "accounts": ACCOUNTS, "worth": TOTAL}], message
    assert_equal_to_source(dsn, places["redis"], places["elasticsearch"], prefix)


def disturb(turn: int, processes: Processes, intruder: Intruder, *, has_rows: bool) -> bool:
    """Kill a process, with `has_rows` often one that is handing views over; True for that. In some
    turns a second pipeline comes before that."""
    rng, state = intruder.rng, processes.project / ".rederive"
    is_later = turn > TAKE_OVER_TURN
    if turn == REFUSED_TURN or (is_later and rng.random() < 1 / TURNS_PER_INTRUSION):
        assert intruder.is_refused()
    if turn == TAKE_OVER_TURN or (is_later and rng.random() < 1 / TURNS_PER_INTRUSION):
        intruder.take_over()
        wait_for(processes, state, ["balances", "bank"], position(intruder.dsn))
    is_timed = has_rows and rng.random() < 0.5 and await_hand_over(state, rng)
    if not is_timed:
        time.sleep(rng.uniform(0.2, 5.0))
    command = "materialize" if is_timed else rng.choice(["capture", "materialize"])
    processes.kill(command)
    if command == "materialize" and rng.random() < 0.3:
        lose_power(state, rng)
    processes.start(command)
    return is_timed


def position(dsn: str) -> str:
    """A position in the log after every commit so far."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("select pg_current_wal_insert_lsn()").fetchone()
        assert row is not None
        connection.execute("select pg_logical_emit_message(true, 'test', 'end')")
    return str(row[0])


def assert_equal_to_source(dsn: str, redis_url: str, elasticsearch_url: str, prefix: str) -> None:
    query = "select c.id, c.amount, s.amount from checking c join savings s using (id) order by 1"
    with psycopg.connect(dsn) as connection:
        source = connection.execute(query).fetchall()
        table = connection.execute("select id, checking, savings from balances order by 1")
        assert table.fetchall() == source
    with Elasticsearch(elasticsearch_url) as client:
        hits = client.search(index=f"{prefix}balances", size=1000)["hits"]["hits"]
    documents = [hit["_source"] for hit in hits]
    assert sorted((d["id"], d["checking"], d["savings"]) for d in documents) == source
    with redis.Redis.from_url(redis_url) as cache:
        cached = [read_live(cache, "balances_cache", f"{prefix}:{row[0]}") for row in source]
    assert [(d["id"], d["checking"], d["savings"]) for d in cached if d] == source
